// shows = "macros that double each other end at the limit"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 200000000, cpu_ms = 2000 }
#define A(x) x x x x x x x x x x
#define B(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x) A(x)
#define C(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x) B(x)
#define D(x) C(x) C(x) C(x) C(x) C(x) C(x) C(x) C(x) C(x) C(x)
int main(void) { D(D(D(0;))) return 0; }
