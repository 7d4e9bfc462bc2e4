// shows = "what waits in TCP connections is bounded by the memory limit"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432, cpu_ms = 5000 }
// stdout = ["within its memory\n", ""]
// with = ["tried.h"]
#include "tried.h"
#include <netinet/in.h>
int main(void) {
    static char piece[1 << 20];
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof here;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    long waiting = 0;
    if (bind(server, (struct sockaddr *)&here, length) || listen(server, 64)) return 8;
    getsockname(server, (struct sockaddr *)&here, &length);
    for (int i = 0; i < 40; i++) {
        int client = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(client, (struct sockaddr *)&here, length)) return 7;
        accept(server, NULL, NULL);
        fcntl(client, F_SETFL, O_NONBLOCK);
        for (int n; (n = write(client, piece, sizeof piece)) > 0;) waiting += n;
    }
    if (waiting <= 32 << 20) puts("within its memory");
    else printf("%ld MiB wait\n", waiting >> 20);
    return 0;
}
