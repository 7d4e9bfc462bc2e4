// shows = "a stopped process is ended like any other"
// outcome = "wall_limit"
// limits = { wall_ms = 500 }
// stdout = "stopping\n"
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    puts("stopping");
    fflush(stdout);
    kill(getpid(), SIGSTOP);
    puts("continued");
    return 1;
}
