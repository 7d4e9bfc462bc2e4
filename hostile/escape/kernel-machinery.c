// shows = "no bpf, no user-handled page faults, no performance counters, no watching of whole file systems"
// outcome = "ok"
// stdout = "bpf: EPERM\nuserfaultfd: EPERM\nuserfaultfd, user mode only: EPERM\n/dev/userfaultfd: ENOENT\nperf_event_open: EPERM\nfanotify_init: EPERM\nvmsplice: EPERM\nmemfd_secret: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    char words[128] = {1};
    tried("bpf", syscall(SYS_bpf, 0, words, sizeof words));
    tried("userfaultfd", syscall(SYS_userfaultfd, 0));
    tried("userfaultfd, user mode only", syscall(SYS_userfaultfd, 1));
    tried("/dev/userfaultfd", open("/dev/userfaultfd", O_RDWR));
    tried("perf_event_open", syscall(SYS_perf_event_open, words, 0, -1, -1, 0));
    tried("fanotify_init", syscall(SYS_fanotify_init, 0, 0));
    tried("vmsplice", syscall(SYS_vmsplice, 1, 0, 0, 0));
    tried("memfd_secret", syscall(SYS_memfd_secret, 0));
    return 0;
}
