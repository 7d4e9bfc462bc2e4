// shows = "no device can be made, and those that there are are harmless"
// outcome = "ok"
// stdout = "character: EPERM\nblock: EPERM\nin /dev: EROFS\nmem: ENOENT\nkmsg: ENOENT\nkvm: ENOENT\nfuse: ENOENT\ntun: ENOENT\nloop-control: ENOENT\nvda: ENOENT\ntty: ENOENT\nptmx: ENOENT\ncontrol, a FIFO: done\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/sysmacros.h>
int main(void) {
    tried("character", mknod("c", S_IFCHR | 0666, makedev(1, 1)));
    tried("block", mknod("b", S_IFBLK | 0666, makedev(254, 0)));
    tried("in /dev", mknod("/dev/x", S_IFIFO | 0666, 0));
    tried("mem", open("/dev/mem", O_RDONLY));
    tried("kmsg", open("/dev/kmsg", O_RDONLY));
    tried("kvm", open("/dev/kvm", O_RDWR));
    tried("fuse", open("/dev/fuse", O_RDWR));
    tried("tun", open("/dev/net/tun", O_RDWR));
    tried("loop-control", open("/dev/loop-control", O_RDWR));
    tried("vda", open("/dev/vda", O_RDONLY));
    tried("tty", open("/dev/tty", O_RDWR));
    tried("ptmx", open("/dev/ptmx", O_RDWR));
    tried("control, a FIFO", mknod("f", S_IFIFO | 0666, 0));
    return 0;
}
