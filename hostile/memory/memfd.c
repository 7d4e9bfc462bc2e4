// shows = "files in memory that have no name count"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
// stdout = "memfd_create: done\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    static char piece[1 << 16] = {1};
    tried("memfd_create", memfd_create("x", 0));
    for (int file = 0; (file = memfd_create("x", 0)) >= 0;)
        for (int i = 0; i < 256; i++) if (write(file, piece, sizeof piece) < 0) break;
    return 9;
}
