// shows = "finds none"
// outcome = "ok"
// stdout = "memory: ENOENT\nsemaphore: ENOENT\nqueue: ENOENT\n"
// with = ["tried.h"]
#include "tried.h"
#include <mqueue.h>
#include <semaphore.h>
int main(void) {
    tried("memory", shm_open("/hostile-mark", O_RDWR, 0));
    tried("semaphore", sem_open("/hostile-mark", 0) == SEM_FAILED ? -1 : 0);
    tried("queue", mq_open("/hostile-mark", O_RDWR));
    return 0;
}
