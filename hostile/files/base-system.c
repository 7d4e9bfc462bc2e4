// shows = "nothing of the base system is changed, in content, name, rights or owner"
// outcome = "ok"
// stdout = "write: EROFS\nremove: EROFS\nrename: EROFS\nchmod: EROFS\nchown: EROFS\ntimes: EROFS\nattribute: EROFS\nroot: EROFS\ndev: EROFS\nproc: ENOENT\nrename the box: EROFS\nremove the box: EROFS\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/xattr.h>
int main(void) {
    tried("write", open("/usr/bin/env", O_WRONLY | O_TRUNC));
    tried("remove", unlink("/usr/bin/env"));
    tried("rename", rename("/usr/bin/env", "/usr/bin/env2"));
    tried("chmod", chmod("/usr/bin/env", 0777));
    tried("chown", chown("/usr/bin/env", 1000, 1000));
    tried("times", utimensat(AT_FDCWD, "/usr/bin/env", NULL, 0));
    tried("attribute", setxattr("/usr/bin/env", "user.x", "x", 1, 0));
    tried("root", open("/x", O_CREAT | O_WRONLY, 0600));
    tried("dev", open("/dev/x", O_CREAT | O_WRONLY, 0600));
    tried("proc", open("/proc/x", O_CREAT | O_WRONLY, 0600));
    tried("rename the box", rename("/box", "/box2"));
    tried("remove the box", rmdir("/box"));
    return 0;
}
