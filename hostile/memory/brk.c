// shows = "the heap's end moves only as far as memory goes"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
#include <string.h>
#include <unistd.h>
int main(void) {
    for (;;) { char *p = sbrk(1 << 20); if (p != (void *)-1) memset(p, 1, 1 << 20); }
}
