// shows = "processor time of all threads counts together"
// outcome = "cpu_limit"
// limits = { cpu_ms = 600 }
#include <pthread.h>
static void *spin(void *unused) { for (volatile long i = 0;; i++) {} return unused; }
int main(void) {
    pthread_t thread;
    for (int i = 0; i < 16; i++) pthread_create(&thread, NULL, spin, NULL);
    pthread_join(thread, NULL);
}
