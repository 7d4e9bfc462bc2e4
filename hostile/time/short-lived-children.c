// shows = "many children that each end soon do not hide their processor time"
// outcome = "cpu_limit"
// limits = { cpu_ms = 400 }
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>
int main(void) {
    signal(SIGCHLD, SIG_IGN);
    for (;;) if (fork() == 0) { for (volatile int i = 0; i < 200000; i++) {} _exit(0); }
}
