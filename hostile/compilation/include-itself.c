// shows = "a file that includes itself twice, to the depth that is allowed, ends at the limit of processor time"
// outcome = "compile_error"
// compile_limits = { cpu_ms = 500 }
// message_has = ["the compiler used more than 500 ms"]
#if __INCLUDE_LEVEL__ < 100
#include "include-itself.c"
#include "include-itself.c"
#endif
