// shows = "options in a file named like a source never reach the compiler"
// outcome = "compile_error"
// files = [{ path = "@x.c", content = "" }, { path = "x.c", content = "-DINJECTED" }]
// compile_has = ["x.c:1:1: error"]
// lacks = ["an option came from a file"]
#ifdef INJECTED
#error injected: an option came from a file
#endif
int main(void) { return 0; }
