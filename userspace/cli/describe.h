/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Contexts, terminations and streams in words and in JSON, with the members
 * of docs/control.md.
 */
#ifndef SRTPGATE_DESCRIBE_H
#define SRTPGATE_DESCRIBE_H

#include "cli/cli.h"
#include "cli/snapshot.h"
#include "cli/table.h"
#include "lib/quality.h"

/*
 * "10.0.1.1:4000" or "[2001:db8::1]:4000", "-" for none; writes and returns
 * @out.
 */
const char *describe_endpoint(text out, const __be32 address[4], __be16 port);

/* Where packets of @stream come from ("10.0.0.0/8 4000-4999") and go to. */
const char *describe_from(text out, const struct sg_stream *stream);
const char *describe_to(text out, const struct sg_stream *stream);

/* "0-to-1" or "1-to-0". */
const char *describe_direction(int direction);

/* The realm's name; "@eth0" while only its interface can be told. */
const char *describe_realm(text out, const struct cli *cli, __u16 number);

/* "strict", "address", "any", "latch" or "filter". */
const char *describe_source(const struct sg_stream *stream);

/*
 * What the receivers of a stream report, as of now; all of it unknown when the
 * maps cannot be read.
 */
void describe_reception(const struct cli *cli, const struct context_view *view,
			int direction, struct sg_reception *reception);

/* New references; @details: with SSRCs and lifetimes. NULL: out of memory. */
json_t *describe_stream(struct cli *cli, const struct context_view *view,
			int direction, bool details);
json_t *describe_context(struct cli *cli, const struct context_view *view);

/* An open and a seal key's suite names; "" for none. */
void describe_suites(const struct cli *cli, const struct sg_stream *stream,
		     text open, text seal);

#endif /* SRTPGATE_DESCRIBE_H */
