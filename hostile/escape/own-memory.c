// shows = "writing one's own code by /proc/self/mem gives nothing that was not one's own: shared files stay as they are"
// outcome = "ok"
// stdout = ["code written: done\nlibrary on disk unchanged\n", "code written: EBADF\nlibrary on disk unchanged\n"]
// with = ["tried.h"]
#include "tried.h"
#include <dlfcn.h>
int main(void) {
    unsigned char before[16], after[16] = {0};
    unsigned char *code = (unsigned char *)dlsym(RTLD_DEFAULT, "labs");
    Dl_info info;
    dladdr(code, &info);
    memcpy(before, code, sizeof before);
    int memory = open("/proc/self/mem", O_RDWR);
    tried("code written", pwrite(memory, "\xc3\xc3\xc3\xc3", 4, (off_t)(uintptr_t)code));
    /* Another process's copy comes from the file. */
    int file = open(info.dli_fname, O_RDONLY);
    off_t at = code - (unsigned char *)info.dli_fbase;
    pread(file, after, sizeof after, at);
    puts(memcmp(before, after, sizeof before) == 0 && before[0] != 0xc3 ? "library on disk unchanged" : "library on disk differs");
    return 0;
}
