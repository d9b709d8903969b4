/* The relay itself, from bytes in a frame to the answer: the core over a memory store, with the
 * partnership of the vectors, and a seat that may send. Whatever comes, it answers or accepts, and
 * no frame is a mistake of ours. Signatures cannot be guessed, so what stands behind them is
 * reached through the seeds. */
#include "base/logline.h"
#include "fuzz.h"
#include "support/relay.h"
#include "vectors/office.h"

/* A relay grows with what it refuses: after so many frames a fresh one takes over. */
enum { FRAMES_PER_RELAY = 1000 };

static void open_relay(struct relay *relay)
{
    struct post post;
    log_open("fuzz", LOG_LEVEL_ERROR);
    office_load(&post, SH_TESTS_DIR "/vectors");
    relay_make_with(relay, &post);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The one global of this program: opening a relay for each input would be all it did. */
    static struct relay relay;
    static unsigned frames;
    if (frames == FRAMES_PER_RELAY) {
        relay_free(&relay);
        frames = 0;
    }
    if (frames++ == 0) {
        open_relay(&relay);
    }
    struct submission *sub = relay_raw(&relay, SCHOOL, bytes_of(data, size));
    HOLD(relay_group(&relay, &sub, 1) == SH_OK);
    return 0;
}
