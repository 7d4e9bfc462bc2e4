// shows = "a program that closes its output and goes on is not over"
// outcome = "runtime_error"
// stdout = "before\n"
// exit_code = 7
#include <unistd.h>
int main(void) {
    write(1, "before\n", 7);
    close(0); close(1); close(2);
    usleep(200000);
    return 7;
}
