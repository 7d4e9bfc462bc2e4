// shows = "no namespace by clone, with flags in the upper half of the register neither"
// outcome = "ok"
// stdout = "user: EPERM\nmount: EPERM\npid: EPERM\nnet: EPERM\nipc: EPERM\nuts: EPERM\ncgroup: EPERM\nuser, upper bits set: EPERM\ncontrol: exit 3\n"
// with = ["tried.h"]
#include "tried.h"
#include <sched.h>
static long attempt(unsigned long flags) {
    long child = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(3);
    return child;
}
int main(void) {
    tried("user", attempt(CLONE_NEWUSER));
    tried("mount", attempt(CLONE_NEWNS));
    tried("pid", attempt(CLONE_NEWPID));
    tried("net", attempt(CLONE_NEWNET));
    tried("ipc", attempt(CLONE_NEWIPC));
    tried("uts", attempt(CLONE_NEWUTS));
    tried("cgroup", attempt(CLONE_NEWCGROUP));
    tried("user, upper bits set", attempt(CLONE_NEWUSER | 0xdead00000000));
    ended("control", attempt(0));
    return 0;
}
