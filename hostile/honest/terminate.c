// shows = "SIGTERM from oneself is told by its name"
// outcome = "signalled"
// signal = "SIGTERM"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); raise(SIGTERM); return 0; }
