// shows = "a file without end ends at the limit"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 100000000, cpu_ms = 2000, wall_ms = 5000 }
#include "/dev/zero"
int main(void) { return 0; }
