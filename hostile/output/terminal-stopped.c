// shows = "a terminal whose output is switched off holds its program up for no longer than the limit"
// pty = { cols = 80, rows = 24 }
// outcome = "wall_limit"
// limits = { wall_ms = 700 }
// stdout = "before\r\n"
#include <stdio.h>
#include <termios.h>
#include <unistd.h>
int main(void) {
    puts("before");
    fflush(stdout);
    tcdrain(1);
    tcflow(1, TCOOFF);
    for (;;) puts("behind");
}
