// shows = "one file is bounded, holes included"
// outcome = "ok"
// stdout = "truncate: EFBIG\nallocate: EFBIG\nwrite at the end: EFBIG\nwithin: done\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    signal(SIGXFSZ, SIG_IGN);
    int file = open("x", O_RDWR | O_CREAT, 0600);
    tried("truncate", ftruncate(file, 1L << 40));
    tried("allocate", fallocate(file, 0, 0, 1L << 40));
    tried("write at the end", pwrite(file, "x", 1, 1L << 40));
    tried("within", ftruncate(file, 1L << 20));
    return 0;
}
