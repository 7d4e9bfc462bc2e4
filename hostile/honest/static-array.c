// shows = "a huge static array of which a little is used"
// outcome = "ok"
// limits = { memory_bytes = 33554432 }
// memory_mib_max = 8
// stdout = "7\n"
#include <stdio.h>
static int all[300 << 20];
int main(void) { all[123456789] = 7; printf("%d\n", all[123456789]); return 0; }
