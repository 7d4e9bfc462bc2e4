// shows = "no programs for the kernel's compiler, whose room is the machine's: full, it would keep others from starting"
// outcome = "ok"
// stdout = "socket filter: EPERM\nreuseport filter: EPERM\nsocket bpf: EPERM\nreuseport bpf: EPERM\nseccomp: EPERM\nprctl: EPERM\nother option: done\n"
// with = ["tried.h"]
#include "tried.h"
#include <linux/filter.h>
#include <sys/prctl.h>
int main(void) {
    struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, 0x7fff0000};
    struct sock_fprog program = {1, &allow};
    int s = socket(AF_UNIX, SOCK_DGRAM, 0), one = 1;
    tried("socket filter", setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
    tried("reuseport filter", setsockopt(s, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program));
    tried("socket bpf", setsockopt(s, SOL_SOCKET, SO_ATTACH_BPF, &one, sizeof one));
    tried("reuseport bpf", setsockopt(s, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &one, sizeof one));
    tried("seccomp", syscall(SYS_seccomp, 1, 0, &program));
    tried("prctl", prctl(PR_SET_SECCOMP, 2, &program));
    tried("other option", setsockopt(s, SOL_SOCKET, SO_PASSCRED, &one, sizeof one));
    return 0;
}
