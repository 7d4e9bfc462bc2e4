// shows = "SIGKILL from oneself is a signal and not a limit"
// outcome = "signalled"
// signal = "SIGKILL"
// stdout = "before\n"
#include <signal.h>
#include <unistd.h>
int main(void) { write(1, "before\n", 7); kill(getpid(), SIGKILL); return 0; }
