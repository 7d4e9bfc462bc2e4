// shows = "no capability in any set, and no way to undo what took them"
// outcome = "ok"
// stdout = "sets: 0 0 0 0 0\ncapset: EPERM\nambient: EPERM\nbounding: EPERM\nno_new_privs off: EINVAL\nsecurebits: EPERM\nkeepcaps: EPERM\nseccomp off: EPERM\nno_new_privs 1\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/prctl.h>
int main(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    printf("sets:");
    while (fgets(line, sizeof line, status)) {
        unsigned long set;
        if (sscanf(line, "Cap%*3s:\t%lx", &set) == 1) printf(" %lx", set);
    }
    puts("");
    struct { uint32_t version; int pid; } head = {0x20080522, 0};
    uint32_t all[6] = {~0u, ~0u, ~0u, ~0u, ~0u, ~0u};
    tried("capset", syscall(SYS_capset, &head, all));
    tried("ambient", prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21, 0, 0));
    tried("bounding", prctl(PR_CAPBSET_DROP, 0, 0, 0, 0));
    tried("no_new_privs off", prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
    tried("securebits", prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
    tried("keepcaps", prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
    tried("seccomp off", prctl(PR_SET_SECCOMP, 0, 0, 0, 0));
    printf("no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    return 0;
}
