// shows = "destructors after main are still the program"
// outcome = "cpu_limit"
// limits = { cpu_ms = 300 }
// stdout = "main is over\n"
#include <cstdio>
struct Endless { ~Endless() { for (volatile long i = 0;; i = i + 1) {} } } endless;
int main() {
    std::puts("main is over");
    std::fflush(stdout);
}
