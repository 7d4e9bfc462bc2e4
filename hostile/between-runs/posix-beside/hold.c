// shows = "makes one of each for everybody"
// outcome = "cancelled"
// stdout = ["memory: done\nsemaphore: done\nqueue: done\n", "memory: done\nsemaphore: done\nqueue: EACCES\n"]
// with = ["tried.h"]
#include "tried.h"
#include <mqueue.h>
#include <semaphore.h>
int main(void) {
    struct mq_attr small = {.mq_maxmsg = 1, .mq_msgsize = 8};
    tried("memory", shm_open("/hostile-mark", O_CREAT | O_RDWR, 0666));
    tried("semaphore", sem_open("/hostile-mark", O_CREAT, 0666, 1) == SEM_FAILED ? -1 : 0);
    tried("queue", mq_open("/hostile-mark", O_CREAT | O_RDWR, 0666, &small));
    for (;;) pause();
}
