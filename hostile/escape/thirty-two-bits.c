// shows = "switching the processor to 32 bits changes nothing"
// outcome = "signalled"
// signal = "SIGSYS"
// stdout = "trying\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    /* A page below 4 GiB: mov eax, 20 (getpid); int 0x80; hlt. */
    unsigned char *page = mmap((void *)0x10000000, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    memcpy(page, "\xb8\x14\x00\x00\x00\xcd\x80\xf4", 8);
    write(1, "trying\n", 7);
    /* The code segment of 32-bit programs. */
    __asm__ volatile("pushq $0x23\n\tpushq %0\n\tlretq" : : "r"((uint64_t)page) : "memory");
    return 9;
}
