// shows = "a fork bomb fills its own limit and nobody else's"
// outcome = ["cpu_limit", "wall_limit"]
// limits = { cpu_ms = 600, wall_ms = 3000, processes = 32 }
#include <unistd.h>
int main(void) { for (;;) fork(); }
