// shows = "no other user or group"
// outcome = "ok"
// stdout = ["setuid: EPERM\nsetgid: EPERM\nsetresuid: EPERM\nsetreuid: EPERM\nsetgroups: EPERM\nsetuid 65534: EINVAL\nuid 1000, effective 1000, gid 1000, fsuid 1000\n", "setuid: EINVAL\nsetgid: EINVAL\nsetresuid: EINVAL\nsetreuid: EINVAL\nsetgroups: EPERM\nsetuid 65534: EINVAL\nuid 1000, effective 1000, gid 1000, fsuid 1000\n"]
// with = ["tried.h"]
#include "tried.h"
#include <grp.h>
#include <sys/fsuid.h>
int main(void) {
    gid_t group = 0;
    tried("setuid", setuid(0));
    tried("setgid", setgid(0));
    tried("setresuid", setresuid(0, 0, 0));
    tried("setreuid", setreuid(0, 0));
    tried("setgroups", setgroups(1, &group));
    tried("setuid 65534", setuid(65534));
    setfsuid(0);
    printf("uid %u, effective %u, gid %u, fsuid %d\n", getuid(), geteuid(), getgid(), setfsuid(-1));
    return 0;
}
