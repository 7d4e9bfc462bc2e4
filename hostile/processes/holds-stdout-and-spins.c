// shows = "children that are left computing end with the program, and their output with it"
// outcome = "ok"
// stdout = "parent done\n"
#include <stdio.h>
#include <unistd.h>
int main(void) {
    for (int i = 0; i < 8; i++) if (fork() == 0) { setsid(); for (volatile long n = 0;; n++) {} }
    puts("parent done");
    return 0;
}
