// shows = "a reader that stops holds its writer up for no longer than the limit"
// outcome = "wall_limit"
// limits = { wall_ms = 600 }
// stdout = "writing\n"
#include <stdio.h>
#include <unistd.h>
int main(void) {
    int ends[2];
    static char piece[4096];
    if (pipe(ends)) return 1;
    puts("writing");
    fflush(stdout);
    if (fork() == 0) for (;;) pause();
    for (;;) write(ends[1], piece, sizeof piece);
}
