// shows = "forty threads at the same time"
// outcome = "ok"
// stdout = "40000\n"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
static atomic_int sum;
static void *add(void *unused) { for (int i = 0; i < 1000; i++) sum++; return unused; }
int main(void) {
    pthread_t all[40];
    for (int i = 0; i < 40; i++) if (pthread_create(&all[i], NULL, add, NULL)) return 1;
    for (int i = 0; i < 40; i++) pthread_join(all[i], NULL);
    printf("%d\n", sum);
    return 0;
}
