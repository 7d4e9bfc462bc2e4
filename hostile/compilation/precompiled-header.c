// shows = "a file that says it is a precompiled header is not taken for one"
// outcome = ["ok", "compile_error"]
// files = [{ path = "evil.h", content = "#define WHICH \"text\"\n" }, { path = "evil.h.gch", content = "Z3BjaC5DMDE0AAAAAAAAAAAA/////w==", encoding = "base64" }]
// stdout = ["text\n", ""]
#include "evil.h"
#include <stdio.h>
int main(void) { puts(WHICH); return 0; }
