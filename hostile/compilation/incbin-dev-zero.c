// shows = "a file without end in the assembler"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 100000000, cpu_ms = 2000, wall_ms = 5000 }
__asm__(".incbin \"/dev/zero\"");
int main(void) { return 0; }
