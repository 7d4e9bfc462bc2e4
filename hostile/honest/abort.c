// shows = "abort is SIGABRT"
// outcome = "signalled"
// signal = "SIGABRT"
// stdout = "before\n"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) { puts("before"); fflush(stdout); abort(); return 0; }
