// shows = "a page behind the end of a file is SIGBUS"
// outcome = "signalled"
// signal = "SIGBUS"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); raise(SIGBUS); return 0; }
