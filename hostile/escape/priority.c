// shows = "nobody puts himself before others"
// outcome = "ok"
// stdout = "nice: EACCES\nothers' nice: EPERM\nFIFO: EPERM\ndeadline: EPERM\nreal-time input: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sched.h>
#include <sys/resource.h>
int main(void) {
    struct sched_param parameter = {1};
    struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t priority; uint64_t runtime, deadline, period; } deadline = {48, 6, 0, 0, 0, 10000000, 20000000, 20000000};
    tried("nice", setpriority(PRIO_PROCESS, 0, -20));
    tried("others' nice", setpriority(PRIO_PROCESS, 1, 19));
    tried("FIFO", sched_setscheduler(0, SCHED_FIFO, &parameter));
    tried("deadline", syscall(SYS_sched_setattr, 0, &deadline, 0));
    tried("real-time input", syscall(SYS_ioprio_set, 1, 0, 1 << 13));
    return 0;
}
