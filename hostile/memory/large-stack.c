// shows = "a stack that may be larger than the memory counts as memory"
// outcome = "memory_limit"
// limits = { stack_bytes = 268435456, memory_bytes = 33554432 }
// compile_options = ["-O0"]
static int down(int n) { volatile char space[4096]; space[0] = (char)n; return down(n + 1) + space[0]; }
int main(void) { return down(0); }
