// shows = "no signal reaches the init or anybody outside"
// outcome = "ok"
// stdout = "SIGKILL to 1: EPERM\nSIGSTOP to 1: EPERM\nSIGTERM to 1: EPERM\nqueue to 1: EPERM\ntgkill 1: EPERM\npidfd to 1: EPERM\nparent: EPERM\n1 << 20: ESRCH\nSIGIO to 1: done\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    union sigval value = {0};
    tried("SIGKILL to 1", kill(1, SIGKILL));
    tried("SIGSTOP to 1", kill(1, SIGSTOP));
    tried("SIGTERM to 1", kill(1, SIGTERM));
    tried("queue to 1", sigqueue(1, SIGUSR1, value));
    tried("tgkill 1", syscall(SYS_tgkill, 1, 1, SIGKILL));
    tried("pidfd to 1", syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, 1, 0), SIGKILL, 0, 0));
    tried("parent", kill(getppid(), SIGKILL));
    tried("1 << 20", kill(1 << 20, SIGKILL));
    /* The kernel sends what a descriptor's owner is due, with the sender's rights. */
    int ends[2];
    if (pipe(ends)) return 1;
    fcntl(ends[0], F_SETSIG, SIGKILL);
    tried("SIGIO to 1", fcntl(ends[0], F_SETOWN, 1));
    fcntl(ends[0], F_SETFL, O_ASYNC);
    write(ends[1], "x", 1);
    usleep(50000);
    return 0;
}
