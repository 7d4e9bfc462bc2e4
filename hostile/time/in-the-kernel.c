// shows = "time spent in the kernel counts"
// outcome = "cpu_limit"
// limits = { cpu_ms = 300 }
#include <sys/random.h>
int main(void) {
    static char buffer[1 << 20];
    for (;;) getrandom(buffer, sizeof buffer, 0);
}
