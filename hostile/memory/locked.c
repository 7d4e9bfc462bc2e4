// shows = "no more memory than a few pages can be locked, nor its limit raised"
// outcome = "ok"
// stdout = "mlock: ENOMEM\nmlockall: ENOMEM\nMAP_LOCKED: EAGAIN\nRLIMIT_MEMLOCK: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/resource.h>
int main(void) {
    struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
    static char all[1 << 20];
    tried("mlock", mlock(all, sizeof all));
    tried("mlockall", mlockall(MCL_CURRENT));
    void *p = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);
    tried("MAP_LOCKED", p == MAP_FAILED ? -1 : 0);
    tried("RLIMIT_MEMLOCK", setrlimit(RLIMIT_MEMLOCK, &unlimited));
    return 0;
}
