// shows = "what waits in pipes is bounded: it counts as memory, or there are no larger pipes"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432 }
// stdout = ["within its memory\n", ""]
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    static char piece[1 << 20];
    int ends[2];
    long waiting = 0;
    while (pipe2(ends, O_NONBLOCK) == 0) {
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        for (int n; (n = write(ends[1], piece, sizeof piece)) > 0;) waiting += n;
    }
    if (waiting <= 32 << 20) puts("within its memory");
    else printf("%ld MiB wait\n", waiting >> 20);
    return 0;
}
