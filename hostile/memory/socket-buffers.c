// shows = "what waits in sockets is bounded"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432 }
// stdout = ["within its memory\n", ""]
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    static char piece[1 << 16];
    int ends[2];
    long waiting = 0;
    while (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0)
        for (int n; (n = write(ends[0], piece, sizeof piece)) > 0;) waiting += n;
    if (waiting <= 32 << 20) puts("within its memory");
    else printf("%ld MiB wait\n", waiting >> 20);
    return 0;
}
