// shows = "writes over its own program and prints what it was when it started"
// path = "main.c"
// outcome = "ok"
// stdout = "as compiled\nremove: done\nwrite another: done\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    puts("as compiled");
    fflush(stdout);
    tried("remove", unlink("/box/.program"));
    int file = open("/box/.program", O_CREAT | O_WRONLY, 0755);
    tried("write another", write(file, "#!/bin/sh\necho poisoned\n", 24));
    return 0;
}
