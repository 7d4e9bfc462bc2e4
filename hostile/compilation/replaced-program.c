// shows = "a file of the request with the name of the compiled program is not started in its place"
// outcome = ["ok", "compile_error"]
// files = [{ path = ".program", content = "#!/bin/sh\necho replaced\n" }]
// stdout = ["compiled\n", ""]
#include <stdio.h>
int main(void) { puts("compiled"); return 0; }
