// shows = "an allocator that throws is not what ends it: memory is promised and then missing"
// outcome = "memory_limit"
// limits = { memory_bytes = 33554432 }
#include <new>
#include <vector>
int main() {
    std::vector<std::vector<char>> all;
    for (;;) try { all.emplace_back(1 << 20, 'x'); } catch (const std::bad_alloc &) {}
}
