// shows = "a signal to everybody hits those of the same run at most"
// outcome = "ok"
// stdout = "child: signal 9\nparent alive\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    pid_t child = fork();
    if (child == 0) for (;;) pause();
    kill(-1, SIGKILL);
    ended("child", child);
    puts("parent alive");
    return 0;
}
