// shows = "a busy loop ends when its processor time is used up"
// outcome = "cpu_limit"
// limits = { cpu_ms = 300 }
// stdout = "begun\n"
// message_has = ["300 ms of processor time"]
#include <stdio.h>
int main(void) {
    puts("begun");
    fflush(stdout);
    for (volatile long i = 0;; i++) {}
}
