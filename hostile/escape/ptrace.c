// shows = "no tracing: not of the init, not of children, not by them"
// outcome = "ok"
// stdout = ["init: EPERM\nparent: EPERM\nchild: EPERM\nseize: EPERM\ntraceme: EPERM\n"]
// with = ["tried.h"]
#include "tried.h"
#include <sys/ptrace.h>
int main(void) {
    pid_t child = fork();
    if (child == 0) for (;;) pause();
    tried("init", ptrace(PTRACE_ATTACH, 1, 0, 0));
    tried("parent", ptrace(PTRACE_ATTACH, getppid(), 0, 0));
    tried("child", ptrace(PTRACE_ATTACH, child, 0, 0));
    tried("seize", ptrace(PTRACE_SEIZE, child, 0, 0));
    tried("traceme", ptrace(PTRACE_TRACEME, 0, 0, 0));
    return 0;
}
