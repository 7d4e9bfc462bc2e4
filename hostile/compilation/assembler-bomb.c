// shows = "the assembler repeats itself until the limit"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 200000000, cpu_ms = 2000, wall_ms = 5000 }
__asm__(".rept 1000000\n.rept 1000000\nnop\n.endr\n.endr");
int main(void) { return 0; }
