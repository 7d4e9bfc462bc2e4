// shows = "variables of a request do not reach the compiler"
// outcome = "ok"
// env = { CPATH = "/etc", GCC_EXEC_PREFIX = "/box/", COMPILER_PATH = "/box", LIBRARY_PATH = "/box", LD_PRELOAD = "/box/x.so", TMPDIR = "/none", DEPENDENCIES_OUTPUT = "/box/deps", SUNPRO_DEPENDENCIES = "/box/deps" }
// stdout = "compiled\n"
#include <stdio.h>
int main(void) { puts("compiled"); return 0; }
