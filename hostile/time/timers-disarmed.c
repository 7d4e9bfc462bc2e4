// shows = "no timer or resource limit of the program's own stands behind the processor time limit"
// outcome = "cpu_limit"
// limits = { cpu_ms = 300 }
// stdout = "timers: done\nRLIMIT_CPU: done\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/resource.h>
#include <sys/time.h>
int main(void) {
    struct itimerval none = {0};
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    alarm(0);
    tried("timers", setitimer(ITIMER_REAL, &none, NULL) | setitimer(ITIMER_PROF, &none, NULL) |
                        setitimer(ITIMER_VIRTUAL, &none, NULL));
    /* There was none to begin with. */
    tried("RLIMIT_CPU", setrlimit(RLIMIT_CPU, &unlimited));
    for (volatile long i = 0;; i++) {}
}
