// shows = "random bytes as source"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 100000000, cpu_ms = 2000, wall_ms = 5000 }
#include "/dev/urandom"
int main(void) { return 0; }
