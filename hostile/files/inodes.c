// shows = "empty files are bounded in number"
// outcome = "ok"
// limits = { cpu_ms = 5000 }
// stdout = "open: ENOSPC\nfewer than 20000: 1\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    char name[32];
    for (int i = 0;; i++) {
        sprintf(name, "/tmp/%d", i);
        int file = open(name, O_CREAT | O_WRONLY, 0600);
        if (file < 0) { tried("open", -1); printf("fewer than 20000: %d\n", i < 20000); return 0; }
        close(file);
    }
}
