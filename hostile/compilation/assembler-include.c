// shows = "the assembler's own include"
// outcome = "compile_error"
// compile_has = ["/etc/shadow"]
// lacks = ["root:"]
__asm__(".include \"/etc/shadow\"");
int main(void) { return 0; }
