// shows = "there is no way out over IPv6, by route, multicast or neighbours"
// outcome = "ok"
// stdout = "2001:db8::1: ENETUNREACH\nff02::1: ENETUNREACH\nfe80::1: ENETUNREACH\n"
// with = ["tried.h"]
#include "tried.h"
#include <arpa/inet.h>
static void send_to(const char *address) {
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(53)};
    inet_pton(AF_INET6, address, &to.sin6_addr);
    tried(address, sendto(socket(AF_INET6, SOCK_DGRAM, 0), "x", 1, 0, (struct sockaddr *)&to, sizeof to));
}
int main(void) { send_to("2001:db8::1"); send_to("ff02::1"); send_to("fe80::1"); return 0; }
