// shows = "a parent that the kernel holds until its child lets go is ended"
// outcome = "wall_limit"
// limits = { wall_ms = 500 }
#include <unistd.h>
int main(void) {
    if (vfork() == 0) for (;;) pause();
    return 0;
}
