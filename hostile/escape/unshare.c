// shows = "no new namespace of any kind"
// outcome = "ok"
// stdout = "control: done\nuser: EPERM\nmount: EPERM\npid: EPERM\nnet: EPERM\nipc: EPERM\nuts: EPERM\ncgroup: EPERM\ntime: EPERM\nuser and mount: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sched.h>
int main(void) {
    tried("control", getpid());
    tried("user", unshare(CLONE_NEWUSER));
    tried("mount", unshare(CLONE_NEWNS));
    tried("pid", unshare(CLONE_NEWPID));
    tried("net", unshare(CLONE_NEWNET));
    tried("ipc", unshare(CLONE_NEWIPC));
    tried("uts", unshare(CLONE_NEWUTS));
    tried("cgroup", unshare(CLONE_NEWCGROUP));
    tried("time", unshare(0x80));
    tried("user and mount", unshare(CLONE_NEWUSER | CLONE_NEWNS));
    return 0;
}
