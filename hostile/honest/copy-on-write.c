// shows = "memory that children share with their parent is counted once"
// outcome = "ok"
// limits = { memory_bytes = 67108864 }
// stdout = "40 MiB, read by 9\n"
// memory_mib_max = 64
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
    const int length = 40 << 20;
    char *all = malloc(length);
    int ends[2], readers = 0;
    memset(all, 1, length);
    if (pipe(ends)) return 1;
    for (int i = 0; i < 8; i++)
        if (fork() == 0) {
            long sum = 0;
            char c;
            for (int k = 0; k < length; k++) sum += all[k];
            /* All live at the same time. */
            close(ends[1]);
            while (read(ends[0], &c, 1) > 0) {}
            _exit(sum == length ? 0 : 1);
        }
    close(ends[1]);
    for (int status; wait(&status) > 0;) readers += status == 0;
    printf("40 MiB, read by %d\n", readers + 1);
    return 0;
}
