// shows = "no resource limit is raised, one's own or another's"
// outcome = "ok"
// stdout = "files: EPERM\nfile size: EPERM\nstack: EPERM\nqueue: EPERM\nnice: EPERM\nreal time: EPERM\ninit's: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/resource.h>
int main(void) {
    struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
    tried("files", setrlimit(RLIMIT_NOFILE, &all));
    tried("file size", setrlimit(RLIMIT_FSIZE, &all));
    tried("stack", setrlimit(RLIMIT_STACK, &all));
    tried("queue", setrlimit(RLIMIT_MSGQUEUE, &all));
    tried("nice", setrlimit(RLIMIT_NICE, &all));
    tried("real time", setrlimit(RLIMIT_RTPRIO, &all));
    tried("init's", prlimit(1, RLIMIT_NOFILE, &all, NULL));
    return 0;
}
