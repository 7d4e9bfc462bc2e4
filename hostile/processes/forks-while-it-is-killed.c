// shows = "forking as fast as possible does not outrun the end"
// outcome = "ok"
// limits = { cpu_ms = 5000 }
// stdout = "end\n"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    signal(SIGCHLD, SIG_IGN);
    for (int i = 0; i < 10; i++)
        if (fork() == 0) for (;;) { if (fork() > 0) _exit(0); setsid(); }
    usleep(50000);
    puts("end");
    return 0;
}
