// shows = "what is kept beside files, in attributes, is bounded by the memory limit"
// outcome = ["ok", "memory_limit"]
// limits = { memory_bytes = 33554432, cpu_ms = 5000 }
// stdout = ["within its memory\n", ""]
// with = ["tried.h"]
#include "tried.h"
#include <sys/xattr.h>
int main(void) {
    static char value[32 << 10], name[64];
    long kept = 0;
    for (int file = 0; file < 100; file++) {
        sprintf(name, "/tmp/%d", file);
        close(open(name, O_CREAT | O_WRONLY, 0600));
        for (int i = 0; i < 100; i++) {
            char attribute[32];
            sprintf(attribute, "user.%d", i);
            if (setxattr(name, attribute, value, sizeof value, 0)) break;
            kept += sizeof value;
        }
    }
    if (kept <= 32 << 20) puts("within its memory");
    else printf("%ld MiB kept\n", kept >> 20);
    return 0;
}
