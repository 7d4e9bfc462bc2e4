// shows = "a program of a gigabyte is not written, collected or kept"
// outcome = "compile_error"
// compile_limits = { cpu_ms = 5000 }
int all[1 << 28] = {1};
int main(void) { return all[1]; }
