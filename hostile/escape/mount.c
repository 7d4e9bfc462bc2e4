// shows = "nothing is mounted, moved or unmounted"
// outcome = "ok"
// stdout = "tmpfs: EPERM\nproc: EPERM\nbind: EPERM\nremount: EPERM\npropagation: EPERM\nmove: EPERM\noverlay: EPERM\nfuse: EPERM\numount: EPERM\nlazy umount: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/mount.h>
int main(void) {
    tried("tmpfs", mount("x", "/tmp", "tmpfs", 0, ""));
    tried("proc", mount("x", "/tmp", "proc", 0, ""));
    tried("bind", mount("/usr", "/tmp", "", MS_BIND, ""));
    tried("remount", mount("", "/usr", "", MS_REMOUNT | MS_BIND, ""));
    tried("propagation", mount("", "/", "", MS_SHARED | MS_REC, ""));
    tried("move", mount("/proc", "/tmp", "", MS_MOVE, ""));
    tried("overlay", mount("x", "/tmp", "overlay", 0, "lowerdir=/usr,upperdir=/box,workdir=/tmp"));
    tried("fuse", mount("x", "/tmp", "fuse", 0, "fd=3,rootmode=40000,user_id=0,group_id=0"));
    tried("umount", umount("/proc"));
    tried("lazy umount", umount2("/", MNT_DETACH));
    return 0;
}
