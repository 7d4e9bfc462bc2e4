// shows = "an instruction that does not exist is SIGILL"
// outcome = "signalled"
// signal = "SIGILL"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); __asm__("ud2"); return 0; }
