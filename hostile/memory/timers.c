// shows = "timers in the kernel are bounded"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432, cpu_ms = 5000 }
// memory_mib_max = 32
// with = ["tried.h"]
#include "tried.h"
#include <time.h>
int main(void) {
    struct sigevent none = {.sigev_notify = SIGEV_NONE};
    timer_t timer;
    for (int i = 0; i < 10000000; i++) if (timer_create(CLOCK_MONOTONIC, &none, &timer) != 0) { tried("timer_create", -1); return 0; }
    return 9;
}
