// shows = "memory that is reserved and not touched costs nothing"
// outcome = "ok"
// limits = { memory_bytes = 33554432 }
// memory_mib_max = 8
// stdout = "64 GiB reserved\n1 TiB reserved without access\n"
#include <stdio.h>
#include <sys/mman.h>
int main(void) {
    char *p = mmap(0, 64L << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return 1;
    p[0] = p[1L << 35] = 1;
    puts("64 GiB reserved");
    if (mmap(0, 1L << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) return 2;
    puts("1 TiB reserved without access");
    return 0;
}
