// shows = "huge pages, which the memory account does not see, cannot be had"
// outcome = "ok"
// stdout = ["mmap: ENOMEM\nshmget: EPERM\nmemfd: ENOMEM\n", "mmap: ENOMEM\nshmget: ENOMEM\nmemfd: ENOMEM\n"]
// with = ["tried.h"]
#include "tried.h"
#include <sys/shm.h>
int main(void) {
    const size_t length = 64 << 20;
    tried("mmap", mmap(0, length, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0) == MAP_FAILED ? -1 : 0);
    tried("shmget", shmget(IPC_PRIVATE, length, IPC_CREAT | SHM_HUGETLB | 0600));
    int file = memfd_create("x", MFD_HUGETLB);
    if (ftruncate(file, length) != 0) { tried("memfd", -1); return 0; }
    tried("memfd", mmap(0, length, PROT_WRITE, MAP_SHARED, file, 0) == MAP_FAILED ? -1 : 0);
    return 0;
}
