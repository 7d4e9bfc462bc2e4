// shows = "files without a name count, and a name given later is inside"
// outcome = "ok"
// stdout = "O_TMPFILE: done\nlinked outside: EROFS\nlinked inside: done\n"
// output_files = ["named"]
// given_back = { named = "x" }
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    char path[64];
    int file = open("/box", O_TMPFILE | O_RDWR, 0600);
    tried("O_TMPFILE", file);
    write(file, "x", 1);
    sprintf(path, "/proc/self/fd/%d", file);
    tried("linked outside", linkat(AT_FDCWD, path, AT_FDCWD, "/dev/named", AT_SYMLINK_FOLLOW));
    tried("linked inside", linkat(AT_FDCWD, path, AT_FDCWD, "/box/named", AT_SYMLINK_FOLLOW));
    return 0;
}
