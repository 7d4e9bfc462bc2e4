// shows = "bytes that never pass through the program count"
// outcome = "output_limit"
// output_bytes = 100000
// limits = { output_bytes = 100000 }
// with = ["tried.h"]
#include "tried.h"
#include <sys/sendfile.h>
int main(void) {
    int file = memfd_create("x", 0);
    static char piece[1 << 16];
    memset(piece, 'x', sizeof piece);
    write(file, piece, sizeof piece);
    for (;;) {
        off_t from = 0;
        if (sendfile(1, file, &from, sizeof piece) < 0) return 8;
        loff_t at = 0;
        if (splice(file, &at, 1, NULL, sizeof piece, 0) < 0) return 9;
    }
}
