/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contexts as the data plane knows them: two terminations joined for one
 * medium, and the two streams between them. A context of Iq (iq_context.h)
 * has one of these for each of its streams. This is the daemon's picture; the
 * maps hold all it is made of, so that a restarted daemon paints it again
 * (adopt.c).
 *
 * Every change is made before it breaks: what is new is written to fresh
 * slots, the context's record names them, then the endpoints switch. A kill
 * at any instant leaves the old picture or the new one.
 */
#ifndef SRTPGATE_CONTEXT_H
#define SRTPGATE_CONTEXT_H

#include <event2/event.h>

#include "gated/config.h"
#include "gated/endpoints.h"
#include "gated/keyring.h"
#include "gated/lifetime.h"
#include "gated/next_hop/next_hop.h"
#include "gated/spec.h"
#include "lib/codec.h"
#include "lib/maps.h"

/*
 * Places in termination.receive, as in sg_stream.open_key. The last is for a
 * former key, for a while, or for a third that is .three_keys.
 */
enum { RECEIVE_CURRENT, RECEIVE_NEXT, RECEIVE_PREVIOUS };

struct termination {
	struct realm *realm;
	struct sg_transport local;
	struct sg_transport remote;	/* address none: nobody to send to */
	struct sg_transport departure;	/* sends from; address none: .local */
	enum source_rule source;
	struct source_filter filter;	/* of SOURCE_FILTER */
	bool latch;			/* .remote follows the last source */
	bool gate_open;
	__u8 dscp;
	__u32 clock_rate;
	__u8 codec;			/* enum sg_codec_id, of what arrives */
	bool rate_octets;		/* else .rate is of packets */
	__u32 rate;			/* a second, 0: any */
	__u32 burst;			/* octets, 0: we choose; of .rate_octets */
	__u32 receive[SG_OPEN_KEYS];	/* slots in `keys`, 0: none */
	bool three_keys;		/* none of .receive is a former one */
	__u32 send;
};

/* The stream that arrives at the termination of the same number. */
struct stream {
	__u32 slot;
	__u32 generation;
	__u32 epoch;
	__u32 next_hop;
	bool slow;		/* SG_STREAM_SLOW */
	__u64 opened;		/* ms, of its gate, see silence.h; 0: closed */
	__u8 silence;		/* enum sg_silence; a record has it, too */
};

struct context {
	char name[SG_NAME_MAX];
	__u32 slot;
	bool opaque;
	bool joined;		/* by context_join(): ports are not ours */
	__u64 created;		/* s, CLOCK_REALTIME */
	struct termination termination[2];
	struct stream stream[2];
	struct event *grace;	/* ends a former receive key */
	struct lifetime_watch *lifetimes; /* NULL: no key has any */
	struct contexts *all;
};

struct contexts {
	struct event_base *base;
	struct config *config;
	const struct sg_maps *maps;
	const struct endpoints *endpoints;
	struct next_hops *next_hops;
	struct sg_stream *stream;	/* the map `streams`, in memory */
	struct keyring keys;
	struct slots *streams;
	struct slots *slots;
	__u32 generation;	/* of the stream written last */
	__u64 named;		/* contexts that the daemon has named */
	__u32 count;
	int orphans;		/* found before contexts_settle() */
	struct lifetimes lifetimes;
	struct context **by_slot; /* NULL: none */
	void *by_name;		/* tsearch(3) */
};

/*
 * Takes over what is pinned; nothing can be added yet, because whatever is
 * not claimed until contexts_settle() belongs to nobody, and goes. Negative
 * errno.
 */
int contexts_open(struct contexts *all, struct event_base *base,
		  struct config *config, const struct sg_maps *maps,
		  const struct endpoints *endpoints,
		  struct next_hops *next_hops);
void contexts_settle(struct contexts *all);
void contexts_close(struct contexts *all);

/* All or nothing; negative errno with @fault. */
int context_add(struct contexts *all, const struct spec *spec,
		struct context **context, struct fault *fault);
int context_change(struct context *context, const struct spec *spec,
		   struct fault *fault);

/*
 * For who has chosen ports and keys himself and keeps them: joins @side for
 * one medium. Of the keys the context takes references of its own; a former
 * receive key is kept for the grace time, whatever .receive says of it. A
 * remote without address gets nothing, and closes no gate but that way.
 * @name is unique and has a '/', which no other context has.
 */
int context_join(struct contexts *all, const char *name,
		 const struct termination side[2], bool opaque,
		 struct context **context, struct fault *fault);
int context_rejoin(struct context *context, const struct termination side[2],
		   bool opaque, struct fault *fault);

/*
 * Ends the context; @final (may be NULL) are the last counters of its
 * streams. @context stays readable until context_free().
 */
void context_remove(struct context *context, struct sg_state final[2]);
void context_free(struct context *context);

struct context *context_find(struct contexts *all, const char *name);

/* Tells who reads the maps, and a daemon after this one. */
void context_set_silence(struct context *context, int direction,
			 enum sg_silence silence);

/* The remote of stream @direction has moved: SG_EVENT_LATCH. */
void context_latched(struct context *context, int direction);

/*
 * RFC 4961: who sends from somewhere receives there. A port that was not
 * @latched stays, but if @muxed both are the one that was.
 */
void context_follow(struct sg_transport *remote,
		    const struct sg_transport *latched, bool muxed);

/* Where what arrives at it has its home (gated/home.h); 0: nowhere. */
__u32 termination_home(const struct termination *one);

/* Streams that are at home with their state and key. */
__u32 contexts_at_home(const struct contexts *all);

/* The slot in `states` of a stream. */
static inline __u32 context_state(const struct context *context, int direction)
{
	return 2 * context->slot + direction;
}

/*
 * Streams take the path that the realms' XDP allows, once that is known.
 * Negative errno with @fault.
 */
int contexts_follow_links(struct contexts *all, struct fault *fault);

/* -- for plan.c and adopt.c --------------------------------------------------- */

enum { CONTEXT_KEYS = 2 * (SG_OPEN_KEYS + 1) };

/* The key slots that @context names, each once; returns how many. */
int context_keys(const struct context *context, __u32 keys[CONTEXT_KEYS]);
bool context_has_key(const struct context *context, __u32 key);

/* Enters a context in the tables, by name and slot. -ENOMEM. */
int context_enter(struct context *context);

/* @slot of `streams` is free: if it is a stream's home, it moves there. */
void contexts_offer_home(struct contexts *all, __u32 slot);

/* Publishes both streams' endpoints. Negative errno. */
int context_publish(const struct context *context);

/* Gives back everything of @gone that @kept (NULL: nothing) does not have. */
void context_release(const struct context *gone, const struct context *kept);

/* Starts the end of former receive keys, when there are any. */
void context_watch_grace(struct context *context);

#endif /* SRTPGATE_CONTEXT_H */
