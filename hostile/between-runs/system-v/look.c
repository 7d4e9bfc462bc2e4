// shows = "finds none, by key and by number"
// outcome = "ok"
// stdout = "memory: ENOENT\nsemaphore: ENOENT\nqueue: ENOENT\nfirst memory: EINVAL\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
int main(void) {
    tried("memory", shmget(77, 0, 0));
    tried("semaphore", semget(77, 0, 0));
    tried("queue", msgget(77, 0));
    tried("first memory", shmat(0, NULL, 0) == (void *)-1 ? -1 : 0);
    return 0;
}
