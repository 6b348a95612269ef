/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the MIKEY codec: octets being written, and chains of payloads, of
 * which a message is one and the containers within it are others.
 */
#ifndef SRTPGATE_MIKEY_WIRE_H
#define SRTPGATE_MIKEY_WIRE_H

#include <errno.h>

#include "lib/cursor.h"
#include "lib/mikey.h"

/* The first thing that goes wrong is kept; all after it is dropped. */
struct mikey_writer {
	__u8 *start;
	__u8 *at;
	__u8 *end;
	int err;		/* 0, -ENOSPC or -EINVAL */
};

static inline struct mikey_writer mikey_writer_of(__u8 *buffer, size_t size)
{
	return (struct mikey_writer){ buffer, buffer, buffer + size, 0 };
}

/* What was written, or the error. */
static inline int mikey_written(const struct mikey_writer *w)
{
	return w->err ? w->err : w->at - w->start;
}

static inline struct sg_slice mikey_slice(const __u8 *octets, size_t size)
{
	return (struct sg_slice){ (const char *)octets, size };
}

void mikey_put(struct mikey_writer *w, struct sg_slice octets);

/* @size octets, the most significant first; -EINVAL when it does not fit. */
void mikey_put_number(struct mikey_writer *w, __u64 value, int size);

/* A length of @length_size octets and what it counts. */
void mikey_put_counted(struct mikey_writer *w, int length_size,
		       struct sg_slice octets);

static inline void mikey_put_u8(struct mikey_writer *w, __u8 value)
{
	mikey_put_number(w, value, 1);
}

/* Leaves two octets for the length of what follows up to mikey_close(). */
__u8 *mikey_open(struct mikey_writer *w);
void mikey_close(struct mikey_writer *w, __u8 *length);

/* A length of @length_size octets and as many octets. */
struct sg_slice mikey_take_counted(struct sg_cursor *c, int length_size);

/*
 * Payloads up to the one with "Last payload" behind it, which must end at
 * the cursor's end. @first is the first one's type. Returns their number or
 * what mikey_parse() does.
 */
int mikey_chain_parse(struct mikey_payload *payload, struct sg_cursor *c,
		      __u8 first, struct mikey_fault *fault);

void mikey_chain_print(struct mikey_writer *w,
		       const struct mikey_payload *payload, int payloads);

#endif /* SRTPGATE_MIKEY_WIRE_H */
