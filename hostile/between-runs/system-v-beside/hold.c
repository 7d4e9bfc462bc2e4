// shows = "makes one of each for everybody"
// outcome = "cancelled"
// stdout = "memory: done\nsemaphore: done\nqueue: done\nmessage: done\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
int main(void) {
    struct { long kind; char text[8]; } message = {1, "mark"};
    int memory = shmget(77, 4096, IPC_CREAT | 0666), queue;
    tried("memory", memory);
    strcpy(shmat(memory, NULL, 0), "hostile-mark");
    tried("semaphore", semget(77, 1, IPC_CREAT | 0666));
    tried("queue", queue = msgget(77, IPC_CREAT | 0666));
    tried("message", msgsnd(queue, &message, 8, 0));
    for (;;) pause();
}
