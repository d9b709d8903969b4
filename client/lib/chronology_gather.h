/* The messages of a chronology: found in the index, opened once each, with the answers in their
 * threads. Internal to the chronology. */
#pragma once

#include "client/child_match.h"
#include "client/growing.h"
#include "wire/types.h"

/* One child of the chronology as one message tells of it. */
struct told_child {
    uint32_t person;   /* from 1: position among the chronology's children */
    uint32_t position; /* in the message's `children`, or in those of what it answers */
    uint32_t by_bits;  /* of struct child_match */
    bool by_link;
    bool inherited;      /* the message has no children of its own: it answers one that has */
    const json_t *child; /* borrows a source's casework; NULL until it is opened */
};

/* A message, or one enclosed in another. */
struct source {
    int64_t row;        /* of the vault: of the message, or of what encloses it */
    uint32_t enclosure; /* 0: the message itself */
    bool is_opened;     /* tried */
    bool is_left_out;   /* the same message stands elsewhere in the list, or it was refused */
    sh_err problem;     /* SH_OK, or why it cannot be read */
    json_t *casework;   /* owned; NULL with a problem */
    struct sh_hash header_sha256, parent;
    bool has_parent;
    struct sh_id message_id, thread_id;
    struct sh_id enclosed_in; /* zero: not enclosed */
    struct address from;
    struct address_list {
        const struct address *items;
        size_t len;
    } to;
    enum kind kind;
    enum subtype subtype;
    int64_t created_at_ms;
    int64_t accepted_at_ms; /* 0: not accepted yet */
    int64_t known_at_ms;    /* when it was known at this desk: for an enclosed one, with what
                               encloses it */
    sh_err proof;
    bool is_accepted;
    struct growing children; /* struct told_child */
};

struct gathering {
    struct sh_client *client;
    struct arena *arena;
    struct growing sources;  /* struct source */
    struct growing messages; /* struct vault_message: each that was opened, once */
};

void gathering_init(struct gathering *gathering, struct sh_client *client, struct arena *arena);
void gathering_wipe(struct gathering *gathering); /* a destructor */
/* The kinds that have children of their own. */
bool gathering_has_children(enum kind kind);
/* Adds what the index has for a child. person: from 1. */
SH_MUST_USE sh_err gathering_add(struct gathering *gathering, uint32_t person,
                                 const struct child_group *group);
/* Opens all of them and finds the answers. Nobody has been told anything yet. */
SH_MUST_USE sh_err gathering_open(struct gathering *gathering, struct sh_why *why);
