/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Goes through a record of the journal field by field, integers in network
 * order. One walk serves both ways, so that what is written and what is read
 * is said once: with .to each field goes to the record, else it comes from
 * .from and is checked.
 */
#ifndef SRTPGATE_WALK_H
#define SRTPGATE_WALK_H

#include "gated/config.h"
#include "lib/cursor.h"
#include "srtpgate/fastpath.h"

struct walk {
	__u8 *to, *end;
	struct sg_cursor from;
	struct config *config;	/* where realms are looked up */
	__u8 version;		/* of the record */
	int err;		/* the first: -EINVAL, -ENOSPC, ... */
};

static inline struct walk walk_writing(void *record, size_t size)
{
	return (struct walk){ .to = record, .end = (__u8 *)record + size };
}

static inline struct walk walk_reading(const void *record, size_t size)
{
	return (struct walk){ .from = sg_cursor_of(record, size) };
}

static inline bool walk_is_reading(const struct walk *walk)
{
	return !walk->to;
}

void walk_fail(struct walk *walk, int err);

/* What cannot be is a sign of damage: -EINVAL. */
void walk_require(struct walk *walk, bool condition);

/* The last @size octets of *@value; read, all others are zero. */
void walk_integer(struct walk *walk, __u64 *value, size_t size);

/* A member that is an integer, in as many octets as it has. */
#define walk_number(walk, member)                                              \
	do {                                                                   \
		__u64 number_ = (member);                                      \
		walk_integer(walk, &number_, sizeof(member));                  \
		(member) = number_;                                            \
	} while (0)

/*
 * A string without control characters in @size octets, its final NUL and,
 * when it is read, zeros behind it included.
 */
void walk_text(struct walk *walk, char *value, size_t size);

void walk_address(struct walk *walk, __be32 address[4]);
void walk_transport(struct walk *walk, struct sg_transport *transport);

/* By its number; -ENOENT: the configuration has it no more. */
void walk_realm(struct walk *walk, struct realm **realm);

/* Octets written, or why not. */
int walk_written(const struct walk *walk, const void *record);

/* 0 when all of the record was read and nothing else stands there. */
int walk_read(struct walk *walk);

#endif /* SRTPGATE_WALK_H */
