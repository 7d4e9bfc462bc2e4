// shows = "a source file whose name begins with @ is a source file, not a file of options"
// path = "@main.c"
// outcome = "ok"
// stdout = "compiled\n"
#include <stdio.h>
int main(void) { puts("compiled"); return 0; }
