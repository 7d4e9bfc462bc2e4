// shows = "what waits in datagram sockets is bounded by the memory limit"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432, cpu_ms = 5000 }
// stdout = ["within its memory\n", ""]
// with = ["tried.h"]
#include "tried.h"
#include <netinet/in.h>
int main(void) {
    static char piece[32 << 10];
    long waiting = 0;
    for (int i = 0; i < 900; i++) {
        struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        socklen_t length = sizeof here;
        int s = socket(AF_INET, SOCK_DGRAM, 0), most = 1 << 30;
        setsockopt(s, SOL_SOCKET, SO_RCVBUF, &most, sizeof most);
        bind(s, (struct sockaddr *)&here, length);
        getsockname(s, (struct sockaddr *)&here, &length);
        for (int k = 0; k < 64; k++) sendto(s, piece, sizeof piece, MSG_DONTWAIT, (struct sockaddr *)&here, length);
        /* What has arrived is counted by taking it out of every eighth. */
        if (i % 8 == 0) for (int n; (n = recv(s, piece, sizeof piece, MSG_DONTWAIT)) > 0;) waiting += 8L * n;
    }
    if (waiting <= 32 << 20) puts("within its memory");
    else printf("%ld MiB wait\n", waiting >> 20);
    return 0;
}
