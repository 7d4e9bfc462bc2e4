// shows = "the calls of the x32 interface do not exist"
// outcome = "ok"
// stdout = "getpid: ENOSYS\nptrace: ENOSYS\nexecve: ENOSYS\nunshare: ENOSYS\nnegative: ENOSYS\nhuge: ENOSYS\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    tried("getpid", syscall(0x40000000 + 39));
    tried("ptrace", syscall(0x40000000 + 521, 0, 0, 0, 0));
    tried("execve", syscall(0x40000000 + 520, "/bin/sh", 0, 0));
    tried("unshare", syscall(0x40000000 + 272, 0x10000000));
    tried("negative", syscall(-2L));
    tried("huge", syscall(0x7fffffffL));
    return 0;
}
