// shows = "what the machine has once for all is not to be used up: asynchronous I/O contexts, flushing of every disk"
// outcome = "ok"
// stdout = "io_setup: EPERM\nio_submit: EPERM\nsync: EPERM\nsyncfs: EPERM\nown file: done\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    unsigned long context = 0;
    tried("io_setup", syscall(SYS_io_setup, 1024, &context));
    tried("io_submit", syscall(SYS_io_submit, context, 0, NULL));
    tried("sync", syscall(SYS_sync));
    tried("syncfs", syncfs(open("/usr", O_RDONLY)));
    tried("own file", fsync(open("/box/x", O_CREAT | O_WRONLY, 0600)));
    return 0;
}
