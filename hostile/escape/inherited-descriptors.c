// shows = "nothing is open but the standard streams, and none of the platform's own channels can be written to"
// outcome = "ok"
// stdout = "open: 0 1 2\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    printf("open:");
    for (int fd = 0; fd < 4096; fd++) {
        if (fcntl(fd, F_GETFD) == -1) continue;
        printf(" %d", fd);
        /* What the init says at the end. */
        if (fd > 2) write(fd, "\x1a\0\0\0{\"Ended\":{\"Exited\":0}}    ", 30);
    }
    puts("");
    return 0;
}
