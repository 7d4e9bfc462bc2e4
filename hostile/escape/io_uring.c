// shows = "no io_uring: it makes system calls that no filter sees"
// outcome = "ok"
// stdout = "setup: EPERM\nenter: EPERM\nregister: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    char parameters[120] = {0};
    tried("setup", syscall(SYS_io_uring_setup, 8, parameters));
    tried("enter", syscall(SYS_io_uring_enter, 0, 1, 0, 0, 0, 0));
    tried("register", syscall(SYS_io_uring_register, 0, 0, 0, 0));
    return 0;
}
