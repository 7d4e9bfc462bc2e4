// shows = "a page of a read-only file that was spliced into a pipe is not written to by way of the pipe"
// outcome = "ok"
// stdout = "splice: done\nfile unchanged\n"
// with = ["tried.h"]
#include "tried.h"
int main(void) {
    int ends[2], file = open("/etc/passwd", O_RDONLY);
    char before[16] = {0}, after[16] = {0}, all[4096];
    pread(file, before, 15, 0);
    if (pipe(ends)) return 1;
    /* Every buffer is once full and once empty, and keeps its flags where a kernel forgets to clear them. */
    int size = fcntl(ends[1], F_GETPIPE_SZ);
    for (int i = 0; i < size; i += sizeof all) write(ends[1], all, sizeof all);
    for (int i = 0; i < size; i += sizeof all) read(ends[0], all, sizeof all);
    loff_t from = 0;
    tried("splice", splice(file, &from, ends[1], NULL, 1, 0));
    write(ends[1], "oot::0:0:x", 10);
    pread(file, after, 15, 0);
    puts(strcmp(before, after) == 0 && before[0] ? "file unchanged" : "file changed");
    return 0;
}
