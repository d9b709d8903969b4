/* What an operator does with a relay that is there: backup, log check, log rebuild. The relay that
 * runs does what needs its database (core/operator.h); what needs none is done here, and a copy is
 * looked at by a safehand-core of its own. */
#pragma once

enum {
    OPERATE_USAGE = 2,   /* the words are not understood: nothing was done or said */
    OPERATE_DIFFERS = 4, /* a difference was found, and told */
};

/* Gives the exit status. */
int operate(int argc, char **argv);
