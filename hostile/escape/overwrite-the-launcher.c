// shows = "the program that starts jails cannot be overwritten by way of /proc/self/exe, nor anything else that runs"
// outcome = "ok"
// stdout = "own: ETXTBSY\nthe init's: ENOENT\nshell: EACCES\nloader: EACCES\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    tried("own", open("/proc/self/exe", O_WRONLY));
    tried("the init's", open("/proc/1/exe", O_WRONLY));
    tried("shell", open("/bin/sh", O_WRONLY));
    tried("loader", open("/lib64/ld-linux-x86-64.so.2", O_WRONLY));
    return 0;
}
