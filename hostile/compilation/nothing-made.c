// shows = "sources that are all comment make no program, and the verdict says so"
// outcome = "compile_error"
// compile_has = ["main"]
#if 0
int main(void) { return 0; }
#endif
