// shows = "a program cannot ask the kernel to kill somebody else for its memory"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
// stdout = "-1000: EACCES\n0: EACCES\n"
// with = ["tried.h"]
#include "tried.h"
static void ask(const char *value) {
    int file = open("/proc/self/oom_score_adj", O_WRONLY);
    tried(value, file < 0 ? -1 : write(file, value, strlen(value)));
}
int main(void) {
    ask("-1000");
    ask("0");
    for (;;) { char *p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); }
}
