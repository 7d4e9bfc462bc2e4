// shows = "what waits in sockets is bounded"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432 }
// memory_mib_max = 32
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    static char piece[1 << 16];
    int ends[2];
    while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0)
        while (write(ends[0], piece, sizeof piece) > 0) {}
    tried("socketpair", -1);
    return 0;
}
