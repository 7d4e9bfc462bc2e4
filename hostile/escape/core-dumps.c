// shows = "no core dump, by no limit of one's own: the host's handler would read it with root's rights"
// outcome = "ok"
// stdout = "soft: EPERM\nhard: EPERM\nprlimit: EPERM\ncore: 0, limit 1\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/resource.h>
int main(void) {
    struct rlimit none = {0, 1}, all = {RLIM_INFINITY, RLIM_INFINITY};
    int status;
    tried("soft", setrlimit(RLIMIT_CORE, &none));
    tried("hard", setrlimit(RLIMIT_CORE, &all));
    tried("prlimit", prlimit(getpid(), RLIMIT_CORE, &all, NULL));
    pid_t child = fork();
    if (child == 0) abort();
    waitpid(child, &status, 0);
    getrlimit(RLIMIT_CORE, &none);
    printf("core: %d, limit %lu\n", WCOREDUMP(status) != 0, (unsigned long)none.rlim_max);
    return 0;
}
