// shows = "shared anonymous memory counts"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
#include <string.h>
#include <sys/mman.h>
int main(void) {
    char *p = mmap(0, 1 << 28, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    memset(p, 1, 1 << 28);
    return 9;
}
