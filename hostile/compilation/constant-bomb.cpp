// shows = "a computation at compile time ends as one at run time does"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 300000000, cpu_ms = 2000 }
template <int M = -1> constexpr int spin() { int n = 0; for (int i = 0; i < 200000; i++) n += i % 7; return n; }
template <int N> struct Many { static constexpr int value = spin() + spin<N>() + Many<N - 1>::value; };
template <> struct Many<0> { static constexpr int value = 0; };
int main() { return Many<899>::value; }
