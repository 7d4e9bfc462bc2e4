// shows = "the compiler waits for nobody: its standard input is at its end, and never the program's"
// outcome = "ok"
// stdin = "not for the compiler"
// stdout = "compiled\n"
#include "/dev/stdin"
#include "/proc/self/fd/0"
#include <stdio.h>
int main(void) { puts("compiled"); return 0; }
