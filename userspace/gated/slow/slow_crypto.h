/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Converts packets of streams that have an SG_KEY_USER: what the program
 * answers SG_SLOW_CRYPTO to. Opens and seals them here (lib/srtp.h), between
 * three runs of programs which do the rest: bpf/slow.h. A stream's other keys,
 * that the fast path could use, are used here as well, so that a packet has
 * one way whatever its keys are.
 *
 * Not for threads, and of one loaded object one user at a time.
 */
#ifndef SRTPGATE_SLOW_CRYPTO_H
#define SRTPGATE_SLOW_CRYPTO_H

#include "srtpgate/slow_packet.h"

struct gateway;
struct slow_crypto;

enum {
	SLOW_CRYPTO_FRAME = 14 + 4 + 40 + 8 + SG_RTP_MAX, /* bytes of @out */
	SLOW_CRYPTO_FDS = 4,
};

/* What it needs; a process that closes its files keeps these open. */
struct slow_crypto_setup {
	union {
		int fd[SLOW_CRYPTO_FDS];
		struct {
			int begin, commit, finish; /* programs */
			int keys;		   /* a map */
		};
	};
	struct sg_slow_packet *packet; /* memory of a map, for processes forked
					* from this one as well */
};

/*
 * Also readies OpenSSL, so that a process that is forked later has no need of
 * files. Negative errno. The descriptors are those of @skeleton, as long as
 * that is there.
 */
int slow_crypto_set_up(struct slow_crypto_setup *setup,
		       const struct gateway *skeleton);
void slow_crypto_tear_down(struct slow_crypto_setup *setup);

/* NULL: out of memory. Refers to @setup as long as it lives. */
struct slow_crypto *slow_crypto_new(const struct slow_crypto_setup *setup);
/* Zeroes the keys. */
void slow_crypto_free(struct slow_crypto *crypto);

/*
 * Converts the @size bytes at @frame into @out; *@out_size is what it has room
 * for, and then what it has. The verdict as if the program had given it:
 * SG_SLOW_SEND and a frame, of streams that are not SG_INTERFACE_SLOW's
 * XDP_REDIRECT; else XDP_DROP, which is counted, or XDP_PASS.
 */
int slow_crypto_convert(struct slow_crypto *crypto, const void *frame,
			__u32 size, void *out, __u32 *out_size);

/* Forgets keys that are gone from the map; to be called now and then. */
void slow_crypto_sweep(struct slow_crypto *crypto);

#endif /* SRTPGATE_SLOW_CRYPTO_H */
