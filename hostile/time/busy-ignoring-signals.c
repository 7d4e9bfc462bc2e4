// shows = "processor time is not a signal that can be ignored or blocked"
// outcome = "cpu_limit"
// limits = { cpu_ms = 300 }
// stdout = "SIGKILL: EINVAL\nSIGSTOP: EINVAL\n62 ignored\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    int ignored = 0;
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    tried("SIGKILL", signal(SIGKILL, SIG_IGN) == SIG_ERR ? -1 : 0);
    tried("SIGSTOP", signal(SIGSTOP, SIG_IGN) == SIG_ERR ? -1 : 0);
    /* The kernel's call: the library keeps two for itself. */
    for (int s = 1; s <= 64; s++) {
        unsigned long action[4] = {(unsigned long)SIG_IGN, 0, 0, 0};
        ignored += syscall(SYS_rt_sigaction, s, action, NULL, 8) == 0;
    }
    printf("%d ignored\n", ignored);
    fflush(stdout);
    for (volatile long i = 0;; i++) {}
}
