// shows = "of an exit code the lowest eight bits count, as everywhere"
// outcome = "ok"
// exit_code = 0
int main(void) { return 256; }
