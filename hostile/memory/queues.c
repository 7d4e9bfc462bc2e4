// shows = "what waits in System V queues is bounded by the memory limit"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432, cpu_ms = 5000 }
// stdout = ["within its memory\n", ""]
// with = ["tried.h"]
#include "tried.h"
#include <sys/msg.h>
int main(void) {
    static struct { long kind; char text[8000]; } message = {1, {0}};
    long waiting = 0;
    for (int i = 0; i < 10000; i++) {
        int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
        if (queue < 0) break;
        while (msgsnd(queue, &message, sizeof message.text, IPC_NOWAIT) == 0) waiting += sizeof message.text;
    }
    if (waiting <= 32 << 20) puts("within its memory");
    else printf("%ld MiB wait\n", waiting >> 20);
    return 0;
}
