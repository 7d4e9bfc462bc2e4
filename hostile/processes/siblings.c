// shows = "children given to the init from the start are counted, reaped and ended"
// outcome = "ok"
// stdout = "parent of the child: 1\n"
// with = ["tried.h"]
#include "tried.h"
#include <sched.h>
int main(void) {
    int ends[2];
    pid_t parent = 0;
    if (pipe(ends)) return 1;
    for (int i = 0; i < 20; i++) {
        if (syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0) == 0) {
            pid_t its = getppid();
            write(ends[1], &its, sizeof its);
            if (i % 2) _exit(0);
            for (;;) pause();
        }
    }
    read(ends[0], &parent, sizeof parent);
    printf("parent of the child: %d\n", parent);
    return 0;
}
