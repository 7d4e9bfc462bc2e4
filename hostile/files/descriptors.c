// shows = "open files are bounded in number"
// outcome = "ok"
// stdout = "dup: EMFILE\n1024 in all\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    int last = 0, next;
    while ((next = dup(0)) >= 0) last = next;
    int error = errno;
    printf("dup: %s\n%d in all\n", strerrorname_np(error), last + 1);
    return 0;
}
