// shows = "a program that replaces itself for ever keeps its account"
// outcome = "cpu_limit"
// limits = { cpu_ms = 300 }
#include <unistd.h>
int main(int n, char **args) {
    (void)n;
    for (volatile int i = 0; i < 1000000; i++) {}
    execv("/proc/self/exe", args);
    return 9;
}
