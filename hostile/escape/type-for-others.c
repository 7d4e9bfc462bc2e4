// shows = "nothing is typed into a terminal in somebody's name, nor the console taken"
// pty = { cols = 80, rows = 24 }
// outcome = "ok"
// stdout = "TIOCSTI: EPERM\r\nTIOCSTI, upper bits: EPERM\r\nTIOCLINUX: EPERM\r\nTIOCCONS: EPERM\r\nTIOCSETD: EPERM\r\nanother terminal: EACCES\r\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/ioctl.h>
int main(void) {
    char c = 'x';
    int discipline = 2;
    tried("TIOCSTI", ioctl(0, TIOCSTI, &c));
    tried("TIOCSTI, upper bits", syscall(SYS_ioctl, 0, 0x100000000 | TIOCSTI, &c));
    tried("TIOCLINUX", ioctl(0, TIOCLINUX, &c));
    tried("TIOCCONS", ioctl(0, TIOCCONS, &c));
    tried("TIOCSETD", ioctl(0, TIOCSETD, &discipline));
    tried("another terminal", open("/dev/pts/ptmx", O_RDWR));
    return 0;
}
