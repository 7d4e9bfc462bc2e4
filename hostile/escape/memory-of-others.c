// shows = "the memory of other processes is neither read nor written, by no way"
// outcome = "ok"
// stdout = "process_vm_readv: EPERM\nprocess_vm_writev: EPERM\nprocess_madvise: EPERM\nmove_pages: EPERM\nmigrate_pages: EPERM\npidfd_getfd: EPERM\nkcmp: EPERM\n/proc/1/mem: ENOENT\ncontrol: done\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/uio.h>
int main(void) {
    char space[64];
    struct iovec here = {space, sizeof space}, there = {(void *)0x400000, 64};
    tried("process_vm_readv", process_vm_readv(1, &here, 1, &there, 1, 0));
    tried("process_vm_writev", process_vm_writev(1, &here, 1, &there, 1, 0));
    int init = syscall(SYS_pidfd_open, 1, 0);
    tried("process_madvise", syscall(SYS_process_madvise, init, &there, 1, 20, 0));
    tried("move_pages", syscall(SYS_move_pages, 1, 0, 0, 0, 0, 0));
    tried("migrate_pages", syscall(SYS_migrate_pages, 1, 0, 0, 0));
    tried("pidfd_getfd", syscall(SYS_pidfd_getfd, init, 0, 0));
    tried("kcmp", syscall(SYS_kcmp, 1, getpid(), 0, 0, 0));
    tried("/proc/1/mem", open("/proc/1/mem", O_RDWR));
    tried("control", open("/proc/self/mem", O_RDONLY));
    return 0;
}
