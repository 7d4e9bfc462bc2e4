// shows = "templates that multiply end at the limit"
// outcome = "compile_error"
// compile_limits = { memory_bytes = 200000000, cpu_ms = 2000 }
template <unsigned long N, int P> struct Bomb { static constexpr unsigned long value = Bomb<2 * N, P - 1>::value + Bomb<2 * N + 1, P - 1>::value; };
template <unsigned long N> struct Bomb<N, 0> { static constexpr unsigned long value = N; };
int main() { return Bomb<1, 40>::value; }
