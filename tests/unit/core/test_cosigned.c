/* What witnesses say of the log: lines that verify are published, each once; nothing else is; who
 * has gone quiet is counted. */
#include "base/cleanup.h"
#include "base/files.h"
#include "core/cosigned.h"
#include "support/temp.h"
#include "tlog/cosign.h"

#include <criterion/criterion.h>

static const char ORIGIN[] = "relay.example/safehand/test";
static const char TEXT[] =
    "relay.example/safehand/test\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
static const char OLDER[] =
    "relay.example/safehand/test\n5\nYXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n";
static const char OTHERS[] =
    "other.example/safehand/test\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

enum { NOW_S = 1800000000, LATE_S = 600 };

struct scene {
    struct temp_dir dir;
    struct key *log_key, *keys[3];
    struct note_verifier log;
    struct cosigned *cosigned;
};

static const char *const names[] = {"witness.example/council", "witness.example/police",
                                    "witness.example/health"};

static void scene_make(struct scene *scene)
{
    SH_DEFER(buf_wipe) struct buf vkey = BUF_INIT(400);
    struct note_verifier keys[3];
    const struct policy_witnesses wanted = {
        .names = names, .len = 2, .quorum = 2, .late_ms = LATE_S * 1000};
    *scene = (struct scene){.cosigned = NULL};
    temp_dir_make(&scene->dir);
    cr_assert_eq(key_generate(KEY_TYPE_ED25519, &scene->log_key), SH_OK);
    cr_assert_eq(note_vkey(ORIGIN, scene->log_key, &vkey), SH_OK);
    cr_assert_eq(buf_terminate(&vkey), SH_OK);
    cr_assert_eq(note_verifier_parse((const char *)vkey.data, &scene->log), SH_OK);
    for (size_t i = 0; i < 3; i++) {
        buf_reset(&vkey);
        cr_assert_eq(key_generate(KEY_TYPE_ED25519, &scene->keys[i]), SH_OK);
        cr_assert_eq(cosign_vkey(names[i], scene->keys[i], &vkey), SH_OK);
        cr_assert_eq(buf_terminate(&vkey), SH_OK);
        cr_assert_eq(cosign_verifier_parse((const char *)vkey.data, &keys[i]), SH_OK);
    }
    cr_assert_eq(cosigned_new(scene->dir.path, &scene->log, &scene->cosigned), SH_OK);
    cosigned_use(scene->cosigned, keys, 3, &wanted);
}

static void scene_wipe(struct scene *scene)
{
    cosigned_free(&scene->cosigned);
    key_free(&scene->log_key);
    for (size_t i = 0; i < 3; i++) {
        key_free(&scene->keys[i]);
    }
    temp_dir_remove(&scene->dir);
}

/* A file of one witness, as a feeder writes it. */
static void put(const struct scene *scene, unsigned who, const char *text, const char *file)
{
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    char path[PATH_MAX];
    const struct cosignature in = {bytes_str(text), NOW_S};
    cr_assert_eq(note_sign(bytes_str(text), ORIGIN, scene->log_key, &note), SH_OK);
    cr_assert_eq(cosign_make(&in, names[who], scene->keys[who], &note), SH_OK);
    cr_assert_eq(path_join(path, sizeof path, scene->dir.path, file), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_buf(&note), 0600, NULL), SH_OK);
}

static unsigned lines_of(const struct scene *scene, struct buf *note)
{
    unsigned lines = 0;
    cr_assert_eq(note_sign(bytes_str(TEXT), ORIGIN, scene->log_key, note), SH_OK);
    cr_assert_eq(cosigned_append(scene->cosigned, note), SH_OK);
    for (size_t i = sizeof TEXT; i < note->len; i++) {
        lines += note->data[i] == '\n';
    }
    return lines - 1; /* the log's own */
}

static struct cosigned_count count_at(const struct scene *scene, int64_t now_s)
{
    struct cosigned_count count;
    cosigned_count(scene->cosigned, now_s * 1000, &count);
    return count;
}

Test(core, lines_of_witnesses_that_cosigned_the_checkpoint_are_published_each_once)
{
    SH_DEFER(scene_wipe) struct scene scene;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    struct checkpoint checkpoint;
    scene_make(&scene);
    cr_expect_eq(lines_of(&scene, &note), 0);
    put(&scene, 0, TEXT, "a.cosigned");
    put(&scene, 0, TEXT, "b.cosigned");
    put(&scene, 2, TEXT, "c.cosigned");
    buf_reset(&note);
    cr_expect_eq(lines_of(&scene, &note), 2);
    cr_expect_eq(checkpoint_verify(bytes_buf(&note), &scene.log, &checkpoint), SH_OK);
    cr_expect_eq(checkpoint.size, 7);
    cr_expect_eq(count_at(&scene, NOW_S).lines, 2);
}

Test(core, what_does_not_verify_or_is_of_another_checkpoint_is_not_published)
{
    SH_DEFER(scene_wipe) struct scene scene;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    char path[PATH_MAX];
    struct key *own = NULL;
    scene_make(&scene);
    put(&scene, 0, OLDER, "older.cosigned");
    put(&scene, 0, OTHERS, "others.cosigned");
    put(&scene, 1, TEXT, "not-that-name");
    own = scene.keys[2];
    scene.keys[2] = scene.keys[1]; /* a line that names the third witness, and the second's key */
    put(&scene, 2, TEXT, "stolen.cosigned");
    scene.keys[2] = own;
    cr_assert_eq(path_join(path, sizeof path, scene.dir.path, "noise.cosigned"), SH_OK);
    cr_assert_eq(file_write_atomic(path, bytes_str("\xff\n\n\n\xe2\x80\x94 x y\n"), 0600, NULL),
                 SH_OK);
    cr_expect_eq(lines_of(&scene, &note), 0);
    cr_expect_eq(count_at(&scene, NOW_S).current, 1); /* the council's, of the older one */
}

Test(core, a_witness_that_has_gone_quiet_no_longer_counts)
{
    SH_DEFER(scene_wipe) struct scene scene;
    SH_DEFER(buf_wipe) struct buf note = BUF_INIT(SH_CHECKPOINT_BYTES_MAX);
    scene_make(&scene);
    put(&scene, 0, OLDER, "a.cosigned");
    put(&scene, 1, TEXT, "b.cosigned");
    put(&scene, 2, TEXT, "c.cosigned"); /* whom the policy does not name */
    cr_expect_eq(count_at(&scene, NOW_S).current, 0);
    cr_expect_eq(lines_of(&scene, &note), 2);
    cr_expect_eq(count_at(&scene, NOW_S).wanted, 2);
    cr_expect_eq(count_at(&scene, NOW_S).quorum, 2);
    cr_expect_eq(count_at(&scene, NOW_S + LATE_S).current, 2);
    cr_expect_eq(count_at(&scene, NOW_S + LATE_S + 1).current, 0);
}
