// shows = "no control group is seen, changed or left, and no release agent set"
// outcome = "ok"
// stdout = "group: /\nmount cgroup: EPERM\nmount cgroup2: EPERM\nrelease_agent: ENOENT\nown limit: ENOENT\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/mount.h>
int main(void) {
    char line[256], path[200] = "";
    FILE *groups = fopen("/proc/self/cgroup", "r");
    int other = 0;
    while (groups && fgets(line, sizeof line, groups)) if (sscanf(line, "%*[^:]:%*[^:]:%199s", path) == 1 && strstr(path, "codecrafter")) other++;
    printf("group: %s\n", other ? path : "/");
    tried("mount cgroup", mount("x", "/tmp", "cgroup", 0, "rdma"));
    tried("mount cgroup2", mount("x", "/tmp", "cgroup2", 0, ""));
    tried("release_agent", open("/sys/fs/cgroup/memory/release_agent", O_WRONLY));
    tried("own limit", open("/sys/fs/cgroup/memory/memory.limit_in_bytes", O_WRONLY));
    return 0;
}
