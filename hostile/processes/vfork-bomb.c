// shows = "children that share their parent's memory are counted like others"
// outcome = "ok"
// limits = { processes = 16 }
// stdout = "15 children, then: EAGAIN\n"
// with = ["tried.h"]
#include "tried.h"
#include <sched.h>
static char stacks[64][16384];
static int wait_for_ever(void *unused) { (void)unused; for (;;) pause(); return 0; }
int main(void) {
    for (int children = 0; children < 64; children++) {
        if (clone(wait_for_ever, stacks[children + 0] + 16384, CLONE_VM | SIGCHLD, NULL) == -1) {
            printf("%d children, then", children);
            tried("", -1);
            return 0;
        }
    }
    return 9;
}
