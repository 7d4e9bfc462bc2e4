// shows = "one huge write is cut at the limit, to the byte"
// outcome = "output_limit"
// output_bytes = 100001
// limits = { output_bytes = 100001 }
#include <unistd.h>
int main(void) { static char all[64 << 20]; for (unsigned i = 0; i < sizeof all; i++) all[i] = 0x61; return write(1, all, sizeof all) == 0; }
