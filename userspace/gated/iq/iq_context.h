/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contexts and terminations as Iq sees them. A context is changed by making
 * a copy, changing that, and committing it: until then packets, ports and
 * timers are as they were, and a copy given up leaves nothing behind.
 */
#ifndef SRTPGATE_IQ_CONTEXT_H
#define SRTPGATE_IQ_CONTEXT_H

#include "gated/context.h"
#include "gated/iq/iq_event.h"
#include "gated/iq/iq_side.h"

enum {
	IQ_NAME = 65,		/* TerminationID, with the final NUL */
	IQ_TERMINATIONS = 2,	/* of a context: access and core */
	IQ_STREAMS = 16,	/* of a context */
};

struct iq_termination {
	char name[IQ_NAME];	/* "ip/1/access/18", lower case */
	__u32 id;		/* the last number of it */
	__u32 context;		/* ContextID; 0: not in the table */
	struct realm *realm;
	bool out_of_service;
	struct iq_side *sides;	/* by StreamID; may be NULL */
	struct iq_events events;
	bool silence_told;	/* adid/ipstop, and no media since */
	struct iq_watch *watch;	/* moves to the committed copy */
	struct iq_termination *chain; /* the table's own */
};

/* What the data plane made of one stream of a context. */
struct iq_link {
	struct iq_link *next;
	__u16 stream;
	struct context *joined;	/* owned; the sides of both terminations */
};

/* NULL: the stream is not joined. */
static inline struct iq_link *iq_link_find(struct iq_link *links, __u16 stream)
{
	while (links && links->stream != stream)
		links = links->next;
	return links;
}

struct iq_context {
	__u32 id;
	bool has_priority;
	__u8 priority;
	bool emergency;
	__u64 created;		/* s, CLOCK_REALTIME */
	struct iq_termination *termination[IQ_TERMINATIONS]; /* NULL: none */
	struct iq_link *links;	/* moves to the committed copy */
	struct iq_context *basis; /* what a copy was made of; NULL: nothing */
	struct iq_context *chain; /* the table's own */
};

/* The table of all contexts, and of all terminations in them. */
struct iq_contexts {
	struct iq_context **by_id;	/* hash chains; NULL: none was added */
	struct iq_termination **by_number;
	__u32 mask;		/* of a hash */
	__u32 count;
	__u32 last_id;		/* ContextID given last */
	__u32 last_termination;
};

/*
 * A copy of @old to be changed, or (@old NULL) an empty context with a fresh
 * id. A copy may be copied again, for one command that may fail alone; each
 * keeps those before it. NULL: out of memory.
 */
struct iq_context *iq_context_copy(struct iq *iq, const struct iq_context *old);

/* Gives up a copy of @old, copies in between, and all that they took. */
void iq_context_give_up(struct iq *iq, struct iq_context *copy,
			const struct iq_context *old);

/*
 * Makes @copy what is: data plane, journal, timers. @old (NULL: none) and
 * @copy are gone then, and what is not used any more is given back; a
 * context without terminations ceases to be. *@now (may be NULL) is the
 * context as it is, NULL if gone. On error (510) all is as before, and @copy
 * is still the caller's.
 */
int iq_context_commit(struct iq *iq, struct iq_context *copy,
		      struct iq_context *old, struct iq_context **now,
		      struct iq_fault *fault);

struct iq_context *iq_context_find(const struct iq *iq, __u32 id);

/* Calls @each for every context, by id, until it returns other than 0. */
int iq_contexts_each(struct iq *iq,
		     int (*each)(struct iq *iq, struct iq_context *context,
				 void *arg),
		     void *arg);

/*
 * A restarted daemon puts a context back that it read from the journal,
 * before contexts_settle(): its ports are taken, its keys held; a key that is
 * gone is forgotten. Negative errno: the context is still the caller's.
 */
int iq_context_restore(struct iq *iq, struct iq_context *context);

/*
 * After contexts_settle(): the data plane agrees with all that was put back;
 * *@lost contexts for which it could not have ended. -ENOMEM.
 */
int iq_contexts_adopt(struct iq *iq, __u32 *lost);

/* Forgets all contexts; the data plane goes on. */
void iq_contexts_close(struct iq *iq);

/* The id of the context that a termination called @name is in; 0: none. */
__u32 iq_context_of(const struct iq *iq, struct sg_slice name);

/* In a copy: */
struct iq_termination *iq_termination_find(const struct iq_context *context,
					   struct sg_slice name);
struct iq_termination *iq_termination_add(struct iq *iq,
					  struct iq_context *context,
					  struct iq_fault *fault);
void iq_termination_remove(struct iq *iq, struct iq_context *copy,
			   struct iq_termination *termination,
			   const struct iq_context *old);
struct iq_side *iq_termination_side(const struct iq_termination *termination,
				    __u16 stream);

/* Frees memory only: what it held was released, or moved. */
void iq_context_free(struct iq_context *context);

#endif /* SRTPGATE_IQ_CONTEXT_H */
