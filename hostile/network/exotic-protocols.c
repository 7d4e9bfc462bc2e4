// shows = "protocols that would load modules into the kernel are refused before it looks"
// outcome = "ok"
// stdout = "control: done\nSCTP: EPERM\nDCCP: EPERM\nUDP-Lite: EPERM\nMPTCP: EPERM\nL2TP: EPERM\nSMC: EPERM\nTIPC pair: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    int pair[2];
    tried("control", socket(AF_INET, SOCK_STREAM, 0));
    tried("SCTP", socket(AF_INET, SOCK_STREAM, 132));
    tried("DCCP", socket(AF_INET, SOCK_DCCP, 33));
    tried("UDP-Lite", socket(AF_INET, SOCK_DGRAM, 136));
    tried("MPTCP", socket(AF_INET, SOCK_STREAM, 262));
    tried("L2TP", socket(AF_INET, SOCK_DGRAM, 115));
    tried("SMC", socket(43, SOCK_STREAM, 0));
    tried("TIPC pair", socketpair(30, SOCK_STREAM, 0, pair));
    return 0;
}
