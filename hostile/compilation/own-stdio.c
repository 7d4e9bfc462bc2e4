// shows = "a header of the request's own may hide the system's, for itself only"
// outcome = "ok"
// files = [{ path = "stdio.h", content = "int puts(const char *);\n#define MINE \"mine\"\n" }]
// stdout = "mine\n"
#include "stdio.h"
int main(void) { puts(MINE); return 0; }
