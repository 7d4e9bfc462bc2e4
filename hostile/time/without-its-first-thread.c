// shows = "a process whose first thread has ended still pays for the others"
// outcome = "cpu_limit"
// limits = { cpu_ms = 300 }
#include <pthread.h>
static void *spin(void *unused) { for (volatile long i = 0;; i++) {} return unused; }
int main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, spin, NULL);
    pthread_exit(NULL);
}
