// shows = "the exit code is the program's own"
// outcome = "runtime_error"
// exit_code = 42
int main(void) { return 42; }
