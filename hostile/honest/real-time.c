// shows = "signals without a name have their number"
// outcome = "signalled"
// signal = "signal 40"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); raise(40); return 0; }
