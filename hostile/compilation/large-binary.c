// shows = "a program that may be written but is too large to be kept is refused with the limit"
// outcome = "compile_error"
// message_has = ["33554432"]
char all[40 << 20] = {1};
int main(void) { return all[1]; }
