// shows = "a folder with the name of the compiled program"
// outcome = "compile_error"
// files = [{ path = ".program/x", content = "" }]
// compile_has = [".program"]
int main(void) { return 0; }
