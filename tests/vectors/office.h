/* The partnership that the vectors live in: made once, kept as files below tests/vectors/pki with
 * its private keys in clear, since they open nothing but these vectors. "Now" is PKI_NOW_MS.
 * Everything aborts if it cannot do its work. */
#pragma once

#include "support/post.h"

/* Positions in pki.seats, behind those of enum post_seat. */
enum {
    POLICE = NURSE + 1, /* encompass@exampleshire.police */
    LADO,               /* lado@999.social-care */
    PRIMARY,            /* dsl@999002.school */
    AUDITOR,            /* reviews@999.audit */
    STARTING,           /* office@999003.school: its certificates begin a day from now */
    LAPSED,             /* dsl@999003.school: its certificates ended 20 days ago */
    LEFT,               /* head@999001.school: revoked, and the only seat of its desk */
    GONE,               /* a second seat of mash@999.social-care: revoked */
    OFFICE_SEATS,
};

/* The name of a seat in files and in the index; its position, or -1. */
const char *office_seat_name(size_t seat);
int office_seat_find(const char *name);

/* How long past its end a list or directory still counts: as in the policy for England. */
#define OFFICE_GRACE_MS (14 * SH_DAY_MS)

void office_make(struct post *post);
/* dir: tests/vectors. */
void office_save(const struct post *post, const char *dir);
/* What is not in the files (keys of authorities and of the directory) stays NULL. */
void office_load(struct post *post, const char *dir);
