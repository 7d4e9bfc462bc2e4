// shows = "no entering of namespaces, nor finding out who owns them"
// outcome = "ok"
// stdout = "own: EPERM\ninit's: ENOENT\npidfd: EPERM\nparent: EPERM\nowner: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/ioctl.h>
int main(void) {
    int own = open("/proc/self/ns/mnt", O_RDONLY), user = open("/proc/self/ns/user", O_RDONLY);
    tried("own", syscall(SYS_setns, own, 0));
    tried("init's", open("/proc/1/ns/mnt", O_RDONLY));
    tried("pidfd", syscall(SYS_setns, syscall(SYS_pidfd_open, 1, 0), 0x20000));
    tried("parent", ioctl(user, 0xb702 /* NS_GET_PARENT */));
    tried("owner", ioctl(own, 0xb701 /* NS_GET_USERNS */));
    return 0;
}
