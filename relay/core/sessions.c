#include "core/sessions.h"

#include <stdlib.h>

enum { SESSION_BUCKETS = 4096 };

struct sessions {
    struct session *buckets[SESSION_BUCKETS];
    struct session *first;
    size_t count;
};

sh_err sessions_new(struct sessions **out)
{
    *out = calloc(1, sizeof **out);
    SH_CHECK(*out, SH_E_NOMEM);
    return SH_OK;
}

void sessions_free(struct sessions **sessions)
{
    if (*sessions) {
        sessions_clear(*sessions);
        free(*sessions);
        *sessions = NULL;
    }
}

static struct session **bucket_of(struct sessions *sessions, uint64_t connection)
{
    uint64_t mixed = connection * 0x9e3779b97f4a7c15u;
    return &sessions->buckets[mixed >> 52];
}

struct session *sessions_find(struct sessions *sessions, uint64_t connection)
{
    struct session *session = *bucket_of(sessions, connection);
    while (session && session->connection != connection) {
        session = session->next_in_bucket;
    }
    return session;
}

static void make_room(struct sessions *sessions, const struct sh_hash *seat)
{
    const struct session *oldest = NULL;
    size_t count = 0;
    /* The newest stand first. */
    for (const struct session *at = sessions->first; at; at = at->next) {
        if (hash_equal(&at->seat, seat)) {
            oldest = at;
            count++;
        }
    }
    if (count >= SESSIONS_OF_SEAT_MAX) {
        sessions_remove(sessions, oldest->connection);
    }
}

sh_err sessions_add(struct sessions *sessions, uint64_t connection, const struct sh_hash *seat,
                    const uint8_t curve_key[32], struct session **out)
{
    struct session *session = calloc(1, sizeof *session);
    SH_CHECK(session, SH_E_NOMEM);
    make_room(sessions, seat);
    struct session **bucket = bucket_of(sessions, connection);
    session->connection = connection;
    session->seat = *seat;
    memcpy(session->curve_key, curve_key, sizeof session->curve_key);
    session->next_in_bucket = *bucket;
    *bucket = session;
    session->next = sessions->first;
    if (sessions->first) {
        sessions->first->previous = session;
    }
    sessions->first = session;
    sessions->count++;
    *out = session;
    return SH_OK;
}

void sessions_remove(struct sessions *sessions, uint64_t connection)
{
    struct session **at = bucket_of(sessions, connection);
    while (*at && (*at)->connection != connection) {
        at = &(*at)->next_in_bucket;
    }
    struct session *session = *at;
    if (!session) {
        return;
    }
    *at = session->next_in_bucket;
    *(session->previous ? &session->previous->next : &sessions->first) = session->next;
    if (session->next) {
        session->next->previous = session->previous;
    }
    sessions->count--;
    free(session);
}

void sessions_clear(struct sessions *sessions)
{
    while (sessions->first) {
        sessions_remove(sessions, sessions->first->connection);
    }
}

size_t sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}

void sessions_wake(struct sessions *sessions, const struct sh_hash *seat)
{
    for (struct session *session = sessions->first; session; session = session->next) {
        if (hash_equal(&session->seat, seat)) {
            session->woken = true;
        }
    }
}

struct session *sessions_next(struct sessions *sessions, struct session *after)
{
    return after ? after->next : sessions->first;
}
