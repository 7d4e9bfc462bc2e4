// shows = "the root is not changed: neither the old way out of a chroot nor a pivot"
// outcome = "ok"
// stdout = "chroot: EPERM\npivot_root: EPERM\nabove the root: 0 of the host\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    int host = 0;
    mkdir("x", 0755);
    tried("chroot", chroot("x"));
    tried("pivot_root", syscall(SYS_pivot_root, "x", "x"));
    for (int i = 0; i < 64; i++) chdir("..");
    host += access("root", F_OK) == 0;
    host += access("var", F_OK) == 0;
    int root = open("/", O_PATH);
    host += openat(root, "../../../home", O_PATH) >= 0;
    host += access("/proc/self/root/../../etc/shadow", F_OK) == 0;
    host += access("/proc/self/cwd/../../root", F_OK) == 0;
    printf("above the root: %d of the host\n", host);
    return 0;
}
