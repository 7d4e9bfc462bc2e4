// shows = "an exit code that shells use for SIGKILL is an exit code"
// outcome = "runtime_error"
// exit_code = 137
int main(void) { return 137; }
