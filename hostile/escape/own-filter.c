// shows = "a filter of one's own comes on top and cannot let through what was refused"
// outcome = "ok"
// stdout = "allow all: done\nunshare: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
int main(void) {
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
    struct sock_fprog program = {1, &allow};
    tried("allow all", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
    tried("unshare", unshare(CLONE_NEWUSER));
    return 0;
}
