// shows = "the kernel's tables for memory that holds nothing count as well"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432, cpu_ms = 5000 }
#include <sys/mman.h>
int main(void) {
    /* Only read: the one page of zeros in each, but a table of its own for each 2 MiB. */
    const long step = 2L << 20, length = 1L << 40;
    volatile char *p = mmap(0, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return 8;
    madvise((void *)p, length, MADV_NOHUGEPAGE);
    long sum = 0;
    for (long i = 0; i < length; i += step) sum += p[i];
    return sum == 0 ? 9 : 10;
}
