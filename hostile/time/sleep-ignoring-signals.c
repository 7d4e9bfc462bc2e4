// shows = "nothing that a program ignores keeps it alive"
// outcome = "wall_limit"
// limits = { wall_ms = 500 }
#include <signal.h>
#include <unistd.h>
int main(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int s = 1; s < 65; s++) signal(s, SIG_IGN);
    for (;;) pause();
}
