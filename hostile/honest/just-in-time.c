// shows = "code made at run time runs, and address randomisation can be switched off"
// outcome = "ok"
// stdout = "mprotect: done\n42\npersonality: done\n"
// with = ["tried.h"]
#include "tried.h"
#include <sys/personality.h>
int main(void) {
    unsigned char *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(page, "\xb8\x2a\0\0\0\xc3", 6);
    tried("mprotect", mprotect(page, 4096, PROT_READ | PROT_EXEC));
    printf("%d\n", ((int (*)(void))page)());
    tried("personality", personality(ADDR_NO_RANDOMIZE));
    return 0;
}
