// shows = "loopback is the only interface, and what the network is cannot be changed"
// outcome = "ok"
// stdout = "1 lo\naddress: EPERM\nup: EPERM\nroute: EPERM\nneighbour: EPERM\nmac: EPERM\nbridge: EPERM\n"
// with = ["tried.h"]
#include "tried.h"
#include <net/if.h>
#include <net/if_arp.h>
#include <net/route.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
int main(void) {
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq request = {0};
    struct rtentry route = {0};
    struct arpreq neighbour = {0};
    struct if_nameindex *all = if_nameindex();
    if (all) for (int i = 0; all[i].if_name; i++) printf("%u %s\n", all[i].if_index, all[i].if_name);
    else {
        /* By ioctl, where netlink is refused. */
        for (int i = 1; i < 16; i++) { request.ifr_ifindex = i; if (ioctl(s, SIOCGIFNAME, &request) == 0) printf("%d %s\n", i, request.ifr_name); }
    }
    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    request.ifr_addr.sa_family = AF_INET;
    tried("address", ioctl(s, SIOCSIFADDR, &request));
    request.ifr_flags = IFF_UP | IFF_PROMISC;
    tried("up", ioctl(s, SIOCSIFFLAGS, &request));
    route.rt_dst.sa_family = route.rt_gateway.sa_family = route.rt_genmask.sa_family = AF_INET;
    tried("route", ioctl(s, SIOCADDRT, &route));
    neighbour.arp_pa.sa_family = AF_INET;
    tried("neighbour", ioctl(s, SIOCSARP, &neighbour));
    tried("mac", ioctl(s, SIOCSIFHWADDR, &request));
    tried("bridge", ioctl(s, 0x89a0 /* SIOCBRADDBR */, "br0"));
    return 0;
}
