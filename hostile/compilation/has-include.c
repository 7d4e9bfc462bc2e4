// shows = "the compiler does not tell either which files the host has"
// outcome = "ok"
// stdout = "host 0, control 1\n"
#include <stdio.h>
#if __has_include("/etc/shadow") || __has_include("@HOST@/secret") || __has_include("/root/.bashrc") || __has_include("/proc/1/environ")
#define HOST 1
#else
#define HOST 0
#endif
#if __has_include("/usr/include/stdio.h")
#define CONTROL 1
#else
#define CONTROL 0
#endif
int main(void) { printf("host %d, control %d\n", HOST, CONTROL); return 0; }
