// shows = "handlers, alternative stacks, timers and recovery from a fault work"
// outcome = "ok"
// stdout = "alarm recovered\n"
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static sigjmp_buf back;
static volatile sig_atomic_t rang;
static void ring(int s) { (void)s; rang = 1; }
static void recover(int s) { siglongjmp(back, s); }
int main(void) {
    stack_t other = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
    struct sigaction action = {.sa_handler = recover, .sa_flags = SA_ONSTACK};
    sigaltstack(&other, NULL);
    sigaction(SIGSEGV, &action, NULL);
    signal(SIGALRM, ring);
    ualarm(10000, 0);
    while (!rang) pause();
    if (sigsetjmp(back, 1) == 0) *(volatile int *)0 = 1;
    puts(rang ? "alarm recovered" : "recovered");
    return 0;
}
