// shows = "a program from memory runs, in the same jail as one from a file"
// outcome = "ok"
// stdout = "child uid 1000, unshare: EPERM\nfexecve: exit 0\n"
// with = ["tried.h"]
#include "tried.h"
#include <sched.h>
#include <sys/sendfile.h>
int main(int n, char **args) {
    if (n > 1) { printf("child uid %u, ", getuid()); tried("unshare", unshare(CLONE_NEWUSER)); return 0; }
    (void)args;
    int file = memfd_create("x", MFD_CLOEXEC), self = open("/proc/self/exe", O_RDONLY);
    while (sendfile(file, self, NULL, 1 << 20) > 0) {}
    char *arguments[] = {"x", "child", NULL}, *none[] = {NULL};
    pid_t child = fork();
    if (child == 0) { fexecve(file, arguments, none); _exit(9); }
    ended("fexecve", child);
    return 0;
}
