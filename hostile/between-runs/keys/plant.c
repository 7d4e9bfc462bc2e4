// shows = "plants for a key in the rings of the session and the user"
// outcome = "ok"
// stdout = "add: EPERM\nsearch session: EPERM\nsearch user: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    tried("add", syscall(SYS_add_key, "user", "hostile-mark", "x", 1L, -4L));
    tried("search session", syscall(SYS_keyctl, 10L, -3L, "user", "hostile-mark", 0L));
    tried("search user", syscall(SYS_keyctl, 10L, -4L, "user", "hostile-mark", 0L));
    return 0;
}
