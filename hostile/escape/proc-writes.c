// shows = "what /proc takes of oneself leads nowhere"
// outcome = "ok"
// stdout = ["uid_map: EPERM\ngid_map: EPERM\nsetgroups: EPERM\noom_score_adj: EACCES\nattr: done or refused\ncomm of the init: ENOENT\ncore_pattern: ENOENT\n", "uid_map: EACCES\ngid_map: EACCES\nsetgroups: EACCES\noom_score_adj: EACCES\nattr: done or refused\ncomm of the init: ENOENT\ncore_pattern: ENOENT\n"]
// with = ["tried.h"]
#include "tried.h"
static long put(const char *path, const char *text) {
    int file = open(path, O_WRONLY);
    return file < 0 ? -1 : write(file, text, strlen(text));
}
int main(void) {
    tried("uid_map", put("/proc/self/uid_map", "0 0 1"));
    tried("gid_map", put("/proc/self/gid_map", "0 0 1"));
    tried("setgroups", put("/proc/self/setgroups", "allow"));
    tried("oom_score_adj", put("/proc/self/oom_score_adj", "-1000"));
    /* A security module may or may not be there. */
    put("/proc/self/attr/exec", "unconfined");
    puts("attr: done or refused");
    tried("comm of the init", put("/proc/1/comm", "x"));
    tried("core_pattern", put("/proc/sys/kernel/core_pattern", "|/box/x"));
    return 0;
}
