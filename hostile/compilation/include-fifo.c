// shows = "the compiler's own pipes are not a way to hang it: it ends at its limit at the latest"
// outcome = ["compile_error", "ok"]
// compile_limits = { wall_ms = 3000, cpu_ms = 2000 }
// stdout = ["", "compiled\n"]
#include "/proc/self/fd/1"
#include <stdio.h>
int main(void) { puts("compiled"); return 0; }
