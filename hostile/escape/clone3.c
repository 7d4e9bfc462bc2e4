// shows = "clone3, whose flags lie in memory where no filter sees them, does not exist"
// outcome = "ok"
// stdout = "user: ENOSYS\nplain: ENOSYS\nset_tid: ENOSYS\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    int tid = 1;
    uint64_t args[11] = {0x10000000, 0, 0, 0, SIGCHLD};
    tried("user", syscall(SYS_clone3, args, sizeof args));
    args[0] = 0;
    tried("plain", syscall(SYS_clone3, args, sizeof args));
    args[8] = (uintptr_t)&tid;
    args[9] = 1;
    tried("set_tid", syscall(SYS_clone3, args, sizeof args));
    return 0;
}
