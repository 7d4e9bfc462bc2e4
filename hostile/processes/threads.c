// shows = "threads are counted as processes are"
// outcome = "ok"
// limits = { processes = 20 }
// stdout = "19 threads, then EAGAIN\n"
// with = ["tried.h"]
#include "tried.h"
#include <pthread.h>
static void *wait_for_ever(void *unused) { for (;;) pause(); return unused; }
int main(void) {
    for (int threads = 0; threads < 1000; threads++) {
        pthread_t thread;
        int error = pthread_create(&thread, NULL, wait_for_ever, NULL);
        if (error) { printf("%d threads, then %s\n", threads, strerrorname_np(error)); return 0; }
    }
    return 9;
}
