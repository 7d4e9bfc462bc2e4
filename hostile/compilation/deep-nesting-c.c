// shows = "brackets that overflow the compiler's stack end the compiler only"
// outcome = ["compile_error", "ok"]
// compile_limits = { cpu_ms = 3000 }
#define A(x) ((((((((((((((((x))))))))))))))))
#define B(x) A(A(A(A(A(A(A(A(x))))))))
#define C(x) B(B(B(B(B(B(B(B(x))))))))
#define D(x) C(C(C(C(C(C(C(C(x))))))))
int main(void) { return D(0); }
