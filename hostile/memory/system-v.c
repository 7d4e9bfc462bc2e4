// shows = "System V shared memory counts, also where it is marked to be removed"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
// stdout = "shmget: done\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/shm.h>
int main(void) {
    tried("shmget", shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600));
    for (int i = 0; i < 256; i++) {
        int id = shmget(IPC_PRIVATE, 1 << 20, IPC_CREAT | 0600);
        char *p = shmat(id, NULL, 0);
        shmctl(id, IPC_RMID, NULL);
        memset(p, 1, 1 << 20);
    }
    return 9;
}
