/* The corpus of one target as a test: every file below the arguments goes through it once. */
#include "base/cleanup.h"
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_BYTES_MAX (64u * 1024u * 1024u)
#define DEPTH_MAX      4

static size_t replay_file(const char *path, size_t len)
{
    SH_DEFER(sh_fclosep) FILE *file = fopen(path, "rb");
    /* Exactly so long, so that the sanitizer sees a read past the end. */
    SH_DEFER(sh_freep) uint8_t *bytes = malloc(len ? len : 1);
    HOLD(file && bytes && len <= FILE_BYTES_MAX);
    HOLD(fread(bytes, 1, len, file) == len);
    (void)LLVMFuzzerTestOneInput(bytes, len);
    return 1;
}

static size_t replay(const char *path, unsigned depth);

static size_t replay_folder(const char *path, unsigned depth)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    HOLD(folder && depth < DEPTH_MAX);
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char inner[4096];
        if (entry->d_name[0] != '.') {
            (void)snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
            count += replay(inner, depth + 1);
        }
    }
    (void)closedir(folder);
    return count;
}

static size_t replay(const char *path, unsigned depth)
{
    struct stat info;
    fuzz_hold(stat(path, &info) == 0, path);
    return S_ISDIR(info.st_mode) ? replay_folder(path, depth)
                                 : replay_file(path, (size_t)info.st_size);
}

int main(int argc, char **argv)
{
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        count += replay(argv[i], 0);
    }
    (void)printf("%zu files replayed\n", count);
    return count > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
