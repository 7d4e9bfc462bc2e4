// shows = "a huge static array counts once it is written to"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
// stdout = "begun\n"
#include <stdio.h>
#include <string.h>
static char all[512 << 20];
int main(void) {
    puts("begun");
    fflush(stdout);
    memset(all, 1, sizeof all);
    return all[4711];
}
