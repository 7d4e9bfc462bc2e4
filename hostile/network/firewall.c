// shows = "the tables of the firewall, a large part of the kernel with a long record of holes, are out of reach"
// outcome = "ok"
// stdout = ["iptables: EPERM\niptables replace: EPERM\nip6tables: EPERM\narptables: EPERM\nebtables: EPERM\n", "iptables: EPERM\niptables replace: EPERM\nip6tables: EPERM\narptables: EPERM\nebtables: ENOPROTOOPT\n"]
// with = ["tried.h"]
#include "tried.h"
#include <netinet/in.h>
int main(void) {
    char name[84] = "filter";
    socklen_t length = sizeof name;
    int s4 = socket(AF_INET, SOCK_DGRAM, 0), s6 = socket(AF_INET6, SOCK_DGRAM, 0);
    tried("iptables", getsockopt(s4, IPPROTO_IP, 64, name, &length));
    tried("iptables replace", setsockopt(s4, IPPROTO_IP, 64, name, sizeof name));
    tried("ip6tables", setsockopt(s6, IPPROTO_IPV6, 64, name, sizeof name));
    tried("arptables", setsockopt(s4, IPPROTO_IP, 96, name, sizeof name));
    tried("ebtables", setsockopt(s4, IPPROTO_IP, 128, name, sizeof name));
    return 0;
}
