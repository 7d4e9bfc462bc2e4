// shows = "who adopts orphans in the init's place cannot keep them beyond its own end"
// outcome = "ok"
// stdout = "PR_SET_CHILD_SUBREAPER: done\nadopted\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/prctl.h>
int main(void) {
    pid_t me = getpid();
    int ends[2];
    char byte;
    if (pipe(ends)) return 1;
    tried("PR_SET_CHILD_SUBREAPER", prctl(PR_SET_CHILD_SUBREAPER, 1));
    if (fork() == 0) {
        if (fork() == 0) {
            while (getppid() != me) {}
            write(ends[1], "x", 1);
            for (;;) pause();
        }
        _exit(0);
    }
    if (read(ends[0], &byte, 1) == 1) puts("adopted");
    return 0;
}
