/* Two threads count in one place without a lock, on purpose: `./dev tsan` must catch this program,
 * or its silence about the others means nothing. */
#include <pthread.h>
#include <stdlib.h>

static void *count(void *ctx)
{
    int *counter = ctx;
    for (int i = 0; i < 1000; i++) {
        ++*counter;
    }
    return NULL;
}

int main(void)
{
    int counter = 0;
    pthread_t other;
    if (pthread_create(&other, NULL, count, &counter) != 0) {
        return EXIT_FAILURE;
    }
    count(&counter);
    pthread_join(other, NULL);
    return counter > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
