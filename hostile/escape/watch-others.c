// shows = "who opens which of the shared files is nobody else's business: no watching, no looking into the page cache"
// outcome = "ok"
// stdout = "inotify_init: EPERM\ninotify_add_watch: EPERM\ndnotify: EPERM\nlease: EACCES\ncachestat: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/inotify.h>
int main(void) {
    uint64_t range[2] = {0, 0}, answer[5];
    int usr = open("/usr/bin", O_RDONLY), shell = open("/bin/sh", O_RDONLY);
    tried("inotify_init", inotify_init1(0));
    tried("inotify_add_watch", inotify_add_watch(0, "/bin/sh", IN_OPEN));
    tried("dnotify", fcntl(usr, F_NOTIFY, DN_ACCESS));
    tried("lease", fcntl(shell, F_SETLEASE, F_RDLCK));
    tried("cachestat", syscall(451, shell, range, answer, 0));
    return 0;
}
