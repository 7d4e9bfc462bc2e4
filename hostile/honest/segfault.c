// shows = "a null pointer is SIGSEGV, and what was printed before is there"
// outcome = "signalled"
// signal = "SIGSEGV"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); *(volatile int *)0 = 1; return 0; }
