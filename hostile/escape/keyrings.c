// shows = "no kernel keys: they outlive processes and are shared by users"
// outcome = "ok"
// stdout = "add_key: EPERM\nrequest_key: EPERM\nsession: EPERM\njoin: EPERM\nuser: EPERM\npersistent: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    tried("add_key", syscall(SYS_add_key, "user", "hostile-mark", "x", 1L, -4L));
    tried("request_key", syscall(SYS_request_key, "user", "hostile-mark", "x", -4L));
    tried("session", syscall(SYS_keyctl, 0L, -3L, 1L));
    tried("join", syscall(SYS_keyctl, 1L, "hostile-mark"));
    tried("user", syscall(SYS_keyctl, 11L, -4L, 0L, 0L));
    tried("persistent", syscall(SYS_keyctl, 22L, -1L, -3L));
    return 0;
}
