// shows = "one process means one: no child, no thread"
// outcome = "ok"
// limits = { processes = 1 }
// stdout = "fork: EAGAIN\npthread_create: EAGAIN\n"
// with = ["tried.h"]
#include "tried.h"
#include <pthread.h>
static void *nothing(void *unused) { return unused; }
int main(void) {
    pthread_t thread;
    tried("fork", fork());
    errno = pthread_create(&thread, NULL, nothing, NULL);
    tried("pthread_create", errno ? -1 : 0);
    return 0;
}
