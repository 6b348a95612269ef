/* SPDX-License-Identifier: GPL-2.0-only */
/* What the data plane reports through the ring buffer `events`. */
#ifndef SRTPGATE_WATCH_H
#define SRTPGATE_WATCH_H

#include "gated/gate.h"

struct watch;

/* Negative errno. The caller owns *@watch. */
int watch_open(struct watch **watch, struct gate *gate);
void watch_close(struct watch *watch);

#endif /* SRTPGATE_WATCH_H */
