// shows = "the newer calls to mount are refused as the older ones"
// outcome = "ok"
// stdout = "fsopen: EPERM\nfsconfig: EPERM\nfsmount: EPERM\nfspick: EPERM\nopen_tree: EPERM\nmove_mount: EPERM\nmount_setattr: EPERM\nlistmount: EPERM\nstatmount: EPERM\nopen_tree_attr: ENOSYS\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    uint64_t words[16] = {24, 0xffffffffffffffff};
    tried("fsopen", syscall(430, "tmpfs", 0));
    tried("fsconfig", syscall(431, 0, 1, "legacy", "x", 0));
    tried("fsmount", syscall(432, 0, 0, 0));
    tried("fspick", syscall(433, -100, "/", 0));
    tried("open_tree", syscall(428, -100, "/", 1));
    tried("move_mount", syscall(429, -100, "/proc", -100, "/tmp", 0));
    tried("mount_setattr", syscall(442, -100, "/usr", 0, words, 32));
    tried("listmount", syscall(458, words, words + 4, 8, 0));
    tried("statmount", syscall(457, words, words + 4, 64, 0));
    tried("open_tree_attr", syscall(467, -100, "/", 1, words, 32));
    return 0;
}
