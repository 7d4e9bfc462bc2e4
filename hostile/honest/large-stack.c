// shows = "a recursion of a hundred thousand steps has the stack that was asked for"
// outcome = "ok"
// limits = { stack_bytes = 67108864 }
// compile_options = ["-O0"]
// stdout = "100000\n"
#include <stdio.h>
static int down(int n) { volatile char space[400]; space[0] = 1; return n == 0 ? 0 : space[0] + down(n - 1); }
int main(void) { printf("%d\n", down(100000)); return 0; }
