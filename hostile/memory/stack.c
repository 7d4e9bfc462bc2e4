// shows = "endless recursion ends at the stack's limit, which is a signal"
// outcome = "signalled"
// signal = "SIGSEGV"
// limits = { stack_bytes = 8388608 }
// compile_options = ["-O0"]
static int down(int n) { volatile char space[4096]; space[0] = (char)n; return down(n + 1) + space[0]; }
int main(void) { return down(0); }
