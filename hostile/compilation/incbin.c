// shows = "the assembler has no file of the host either"
// outcome = "compile_error"
// compile_has = ["secret"]
__asm__(".incbin \"@HOST@/secret\"");
int main(void) { return 0; }
