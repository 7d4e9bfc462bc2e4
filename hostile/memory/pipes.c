// shows = "what waits in pipes is bounded: it counts as memory, or there are no larger pipes"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432 }
// memory_mib_max = 32
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    static char piece[1 << 20];
    int ends[2], pipes = 0;
    while (pipe2(ends, O_NONBLOCK) == 0) {
        fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
        while (write(ends[1], piece, sizeof piece) > 0) {}
        pipes++;
    }
    tried("pipe2", -1);
    return 0;
}
