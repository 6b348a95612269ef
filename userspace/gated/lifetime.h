/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys that come near the end of their lifetime (RFC 4568 6.1), and that have
 * reached it. The data plane counts; the daemon looks, once for each context
 * with such keys, and again when at several times the rate seen there could be
 * news. Where no key has a lifetime nothing runs.
 *
 * What was told of a key is noted in sg_key.told, so that it is told once,
 * whatever becomes of the daemon. A key of several streams is told of once.
 */
#ifndef SRTPGATE_LIFETIME_H
#define SRTPGATE_LIFETIME_H

#include "lib/lifetime.h"

struct context;

/*
 * Bits of sg_key.told; the first two, of a key that seals, stand two bits
 * further up.
 */
enum lifetime_told {
	LIFETIME_WARNED = 1,
	LIFETIME_ENDED = 2,
	LIFETIME_LEFT = 1 << 4, /* it has sealed, and another does now */
};
enum { LIFETIME_SEALS = 2 };

struct lifetime_news {
	struct context *context;
	int direction;		/* of the stream */
	const struct sg_lifetime *life;
	bool ended;		/* else it will soon */
	bool succeeded;		/* another seals already */
	const char *text;	/* the same as a sentence */
};

/*
 * In struct contexts: who may have another key, who else is told, and how
 * often there was news. Either may change the context.
 */
struct lifetimes {
	/* True: a key with the fingerprint *@next seals the stream now. */
	bool (*succeed)(void *arg, struct context *context, int direction,
			__u32 *next);
	void (*tell)(void *arg, const struct lifetime_news *news);
	void *arg;
	__u64 warned, ended, succeeded;
	__u32 watched;		/* contexts */
};

struct lifetime_watch;

/* Follows the keys that @context has now; its .lifetimes. */
void lifetime_watch_update(struct context *context);
void lifetime_watch_free(struct context *context);

#endif /* SRTPGATE_LIFETIME_H */
