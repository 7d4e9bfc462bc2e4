// shows = "the dead that nobody waits for count until their parent ends, and then are gone"
// outcome = "ok"
// limits = { processes = 20 }
// stdout = "19 zombies, then: EAGAIN\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    for (int zombies = 0; zombies < 1000; zombies++) {
        pid_t child = fork();
        if (child == 0) _exit(0);
        if (child == -1) { printf("%d zombies, then", zombies); tried("", -1); return 0; }
    }
    return 9;
}
