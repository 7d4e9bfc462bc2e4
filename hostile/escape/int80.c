// shows = "a system call of 32 bits, which has other numbers, kills"
// outcome = "signalled"
// signal = "SIGSYS"
// stdout = "trying\n"
#include <unistd.h>
int main(void) {
    long result;
    write(1, "trying\n", 7);
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory");
    write(1, "came back\n", 10);
    return 0;
}
