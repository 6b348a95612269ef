/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key stream ahead of the packet: what the program and the process that makes
 * it agree on. docs/engine.md has the reasons.
 *
 * The map `keystream` is a cache of entries, memory-mapped by the process that
 * writes them. It is of the loaded object, as is the ring buffer `asks`: never
 * pinned, so no part of SG_LAYOUT_VERSION, and empty whenever a program is
 * loaded. Whatever an entry holds, a packet uses it only if it names the key,
 * SSRC and index that the packet would have used itself.
 */
#ifndef SRTPGATE_KEYSTREAM_H
#define SRTPGATE_KEYSTREAM_H

#include <linux/types.h>

enum {
	SG_KEYSTREAM_CHUNK = 224, /* bytes of key stream in an entry */
	SG_KEYSTREAM_CHUNKS = 7,  /* of a packet; longer ones make their own */
	SG_KEYSTREAM_GCM = 16,	  /* number of GCM's first chunk */
	SG_KEYSTREAM_MASK = 16,	  /* bytes of GCM's tag mask, which come first */
	/* Without an entry, packets at every so many indices ask. */
	SG_KEYSTREAM_STEP = 8,
};

/*
 * An entry: a chunk of the key stream of an RTP packet. Under AES-CM, chunk 0
 * begins with what is added to the first byte of payload; under GCM (RFC 7714)
 * the mask of the tag is in front of that, and the chunks' numbers begin with
 * SG_KEYSTREAM_GCM.
 *
 * .turn is odd while the entry is written. The writer makes it odd before it
 * changes anything else, and even, by a store with release, after; a reader
 * that saw the same even .word before and after it copied has a whole entry.
 */
struct sg_keystream {
	union {
		__u64 word;
		struct {
			__u32 turn;
			__u16 length;	/* bytes of .stream that are valid */
			__u16 ask;	/* the packet that uses it asks for
					 * more; 0: it does not */
		};
	};
	__u64 key;		/* sg_key.rtp.salt[0]: whatever becomes of
				 * .generation, an entry is of this key only */
	__u64 place;		/* index << 16 | chunk */
	__u32 generation;	/* of the key; 0: the entry is empty */
	__u32 ssrc;		/* host order */
	__u64 stream[SG_KEYSTREAM_CHUNK / 8];
};

/* Record of `asks`: a packet that was authentic, or that was sealed. */
struct sg_ask {
	__u64 index;
	__u32 slot;		/* of the key, in `keys` */
	__u32 generation;	/* of the key */
	__u32 ssrc;		/* host order */
	__u32 length;		/* bytes of key stream, the mask included */
};

/* Value of `ahead` for a CPU; the process counts in the first one. */
struct sg_ahead {
	__u64 hits;		/* RTP packets that found their key stream */
	__u64 misses;		/* and that made their own */
	__u64 unheard;		/* asked while the ring buffer was full */
	__u64 made;		/* packets that key stream was made for */
	__u64 restarted;	/* times that the process died and was started
				 * again */
	__u64 pad[3];
};

/*
 * Where the entry of @chunk is, of @mask + 1 entries, a power of two. Those of
 * consecutive packets are neighbours, and chunks are so far apart that they do
 * not meet while a stream has no more than an eighth of the entries ahead.
 */
static inline __u32 sg_keystream_place(__u32 generation, __u32 ssrc,
				       __u64 index, __u32 chunk, __u32 mask)
{
	__u64 stream = (__u64)generation << 32 | ssrc;
	__u32 apart = (mask + 1) / 8;

	stream *= 0x9e3779b97f4a7c15ULL;
	stream = (stream ^ stream >> 32) * 0x9e3779b97f4a7c15ULL >> 32;
	return ((__u32)stream + (__u32)index + chunk % 8 * apart) & mask;
}

_Static_assert(SG_KEYSTREAM_CHUNKS <= 8 && SG_KEYSTREAM_GCM % 8 == 0,
	       "two chunks of a packet have one place");
_Static_assert(sizeof(struct sg_keystream) == 4 * 64,
	       "an entry is no whole number of cache lines");
_Static_assert(sizeof(struct sg_ask) == 24, "layout");
_Static_assert(sizeof(struct sg_ahead) == 64, "layout");

#endif /* SRTPGATE_KEYSTREAM_H */
