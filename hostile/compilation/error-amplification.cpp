// shows = "a short type error whose message names a huge type is bounded"
// outcome = "compile_error"
// compile_limits = { cpu_ms = 3000, memory_bytes = 500000000 }
struct x0 { x0(int); }; struct x1 {};
template <class A, class B> struct P { typedef P<P<A, B>, P<B, A>> next; };
typedef P<x0, x1>::next::next::next::next::next::next::next::next::next::next::next::next::next T;
int main() { T t = 3; int y = t; }
