// shows = "files in the mail between sockets are bounded, and gone with the run"
// outcome = "ok"
// limits = { cpu_ms = 5000 }
// stdout = "sendmsg: ETOOMANYREFS\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    int ends[2], carried[250];
    for (int i = 0; i < 250; i++) carried[i] = 1;
    union { struct cmsghdr head; char space[CMSG_SPACE(sizeof carried)]; } control = {{CMSG_LEN(sizeof carried), SOL_SOCKET, SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.head), carried, sizeof carried);
    char byte = 0;
    struct iovec piece = {&byte, 1};
    struct msghdr message = {0, 0, &piece, 1, &control, sizeof control, 0};
    for (int i = 0; i < 100; i++) {
        if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends)) return 8;
        if (sendmsg(ends[0], &message, MSG_DONTWAIT) < 0) { tried("sendmsg", -1); return 0; }
    }
    return 9;
}
