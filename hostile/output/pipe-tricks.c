// shows = "changing the pipe that standard output is neither loses nor forges anything"
// outcome = "ok"
// stdout_has = ["begin\n", "\nend\n"]
// output_bytes = 100011
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    char piece[1000];
    memset(piece, 'x', sizeof piece);
    puts("begin");
    fflush(stdout);
    fcntl(1, F_SETPIPE_SZ, 1 << 20);
    fcntl(1, F_SETPIPE_SZ, 4096);
    fcntl(1, F_SETFL, fcntl(1, F_GETFL) | O_NONBLOCK | O_ASYNC);
    fcntl(1, F_SETOWN, 1);
    for (int written = 0; written < 100000;) {
        int n = write(1, piece, 100000 - written < 1000 ? 100000 - written : 1000);
        if (n > 0) written += n;
    }
    while (write(1, "\nend\n", 5) != 5 && errno == EAGAIN) {}
    return 0;
}
