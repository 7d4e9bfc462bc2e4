// shows = "a program need not read its input"
// outcome = "ok"
// stdin = "never read"
// stdout = "done\n"
#include <stdio.h>
#include <unistd.h>
int main(void) { close(0); puts("done"); return 0; }
