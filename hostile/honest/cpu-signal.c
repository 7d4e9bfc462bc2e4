// shows = "a signal that is named like a limit is not one"
// outcome = "signalled"
// signal = "SIGXCPU"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); raise(SIGXCPU); return 0; }
