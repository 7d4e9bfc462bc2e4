// shows = "finds none of them"
// outcome = "ok"
// stdout = "0\n"
#include <stdio.h>
#if __has_include("/tmp/mark.h") || __has_include("/box/mark.h") || __has_include("/dev/shm/mark.h") || __has_include("mark.h")
#define FOUND 1
#else
#define FOUND 0
#endif
int main(void) { printf("%d\n", FOUND); return 0; }
