// shows = "the machine is nobody's to stop, set or rename"
// outcome = "ok"
// stdout = "reboot: EPERM\nkexec_load: EPERM\nkexec_file_load: EPERM\ninit_module: EPERM\nfinit_module: EPERM\ndelete_module: EPERM\nsettimeofday: EPERM\nclock_settime: EPERM\nclock_adjtime: EPERM\nadjtimex: EPERM\nswapon: EPERM\nswapoff: EPERM\nsethostname: EPERM\nsetdomainname: EPERM\nacct: EPERM\nquotactl: EPERM\nquotactl_fd: EPERM\nsyslog: EPERM\nvhangup: EPERM\niopl: EPERM\nioperm: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/klog.h>
#include <sys/swap.h>
#include <sys/time.h>
#include <time.h>
int main(void) {
    struct timeval now = {0, 0};
    struct timespec then = {0, 0};
    char words[512] = {0};
    tried("reboot", syscall(SYS_reboot, 0xfee1dead, 672274793, 0x1234567, 0));
    tried("kexec_load", syscall(SYS_kexec_load, 0, 0, 0, 0));
    tried("kexec_file_load", syscall(SYS_kexec_file_load, 0, 0, 0, 0, 0));
    tried("init_module", syscall(SYS_init_module, words, 1, ""));
    tried("finit_module", syscall(SYS_finit_module, 0, "", 0));
    tried("delete_module", syscall(SYS_delete_module, "x", 0));
    tried("settimeofday", settimeofday(&now, NULL));
    tried("clock_settime", clock_settime(CLOCK_REALTIME, &then));
    tried("clock_adjtime", syscall(SYS_clock_adjtime, 0, words));
    tried("adjtimex", syscall(SYS_adjtimex, words));
    tried("swapon", swapon("/box/x", 0));
    tried("swapoff", swapoff("/box/x"));
    tried("sethostname", sethostname("x", 1));
    tried("setdomainname", setdomainname("x", 1));
    tried("acct", acct("/box/x"));
    tried("quotactl", syscall(SYS_quotactl, 0x800002 << 8, "/dev/vda", 0, words));
    tried("quotactl_fd", syscall(SYS_quotactl_fd, 0, 0, 0, 0));
    tried("syslog", klogctl(3, words, sizeof words));
    tried("vhangup", vhangup());
    tried("iopl", syscall(SYS_iopl, 3));
    tried("ioperm", syscall(SYS_ioperm, 0x80, 1, 1));
    return 0;
}
