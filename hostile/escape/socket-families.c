// shows = "of all socket families there are three, and none that reaches the kernel's inside or another machine's"
// outcome = "ok"
// stdout = "allowed: 1 2 10\nvsock: EPERM\nnetlink: EPERM\npacket: EPERM\nAF_ALG: EPERM\nXDP: EPERM\nraw: EPERM\nraw IPv6: EPERM\nraw ICMP: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    printf("allowed:");
    for (int family = 0; family < 64; family++)
        if (socket(family, SOCK_DGRAM, 0) >= 0 || errno != EPERM) printf(" %d", family);
    puts("");
    tried("vsock", socket(40, SOCK_STREAM, 0));
    tried("netlink", socket(16, SOCK_RAW, 12));
    tried("packet", socket(17, SOCK_RAW, 0));
    tried("AF_ALG", socket(38, SOCK_SEQPACKET, 0));
    tried("XDP", socket(44, SOCK_RAW, 0));
    tried("raw", socket(AF_INET, SOCK_RAW, 255));
    tried("raw IPv6", socket(AF_INET6, SOCK_RAW, 255));
    tried("raw ICMP", socket(AF_INET, SOCK_RAW, 1));
    return 0;
}
