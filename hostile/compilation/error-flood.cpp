// shows = "error messages without end are cut"
// outcome = "compile_error"
// compile_limits = { output_bytes = 20000, cpu_ms = 5000, memory_bytes = 500000000 }
// message_has = ["the compiler wrote more than 20000 bytes"]
#define A(x) x x x x x x x x x x
#define B(x) A(A(A(x)))
int main() { B(undefined_name + ""; *0;) }
