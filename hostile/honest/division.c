// shows = "a division by zero is SIGFPE"
// outcome = "signalled"
// signal = "SIGFPE"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); volatile int one = 1, zero = 0; one = one / zero; return 0; }
