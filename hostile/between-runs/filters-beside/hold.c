// shows = "attaches filters of the greatest length to as many sockets as it can have"
// outcome = "cancelled"
// stdout = "attached: 0\n"
// limits = { cpu_ms = 20000, wall_ms = 30000, memory_bytes = 1073741824 }
// with = ["tried.h"]
#include "tried.h"
#include <linux/filter.h>
int main(void) {
    static struct sock_filter code[4096];
    struct sock_fprog program = {4096, code};
    int ends[2], attached = 0, all = 0;
    for (int i = 0; i < 4095; i++) code[i] = (struct sock_filter){BPF_LD | BPF_W | BPF_ABS, 0, 0, i};
    code[4095] = (struct sock_filter){BPF_RET | BPF_K, 0, 0, 0};
    if (pipe(ends)) return 1;
    for (int child = 0; child < 40; child++)
        if (fork() == 0) {
            for (int i = 0; i < 1000; i++) {
                int s = socket(AF_INET, SOCK_DGRAM, 0);
                int most = 1 << 30;
                setsockopt(s, SOL_SOCKET, SO_SNDBUF, &most, sizeof most);
                if (s >= 0 && setsockopt(s, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) attached++;
                else if (s < 0) break;
            }
            write(ends[1], &attached, sizeof attached);
            for (;;) pause();
        }
    for (int child = 0; child < 40; child++) { read(ends[0], &attached, sizeof attached); all += attached; }
    printf("attached: %d\n", all);
    fflush(stdout);
    for (;;) pause();
}
