// shows = "a daemon of the classic kind, forked twice with a session of its own and no descriptors, ends with the program"
// outcome = "ok"
// stdout = "daemon started\n"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    int ends[2];
    char byte;
    if (pipe(ends)) return 1;
    if (fork() == 0) {
        setsid();
        if (fork() == 0) {
            for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
            write(ends[1], "x", 1);
            for (int fd = 0; fd < 1024; fd++) close(fd);
            chdir("/");
            for (;;) pause();
        }
        _exit(0);
    }
    if (read(ends[0], &byte, 1) == 1) puts("daemon started");
    return 0;
}
