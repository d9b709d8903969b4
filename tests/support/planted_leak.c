/* Leaks on purpose: `./dev test` fails unless the leak checker says so. */
#include <stdlib.h>

int main(void)
{
    char *volatile lost = malloc(64);
    if (!lost) {
        return 1;
    }
    lost[0] = 'x';
    lost = NULL;
    return 0;
}
