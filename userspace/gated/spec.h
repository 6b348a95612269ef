/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a request says about a context, checked for form (docs/control.md):
 * JSON in, fixed-size values out. Whether it makes sense together with what
 * exists is judged in context.c.
 */
#ifndef SRTPGATE_SPEC_H
#define SRTPGATE_SPEC_H

#include <jansson.h>
#include <stdbool.h>

#include "gated/realm.h"
#include "lib/fault.h"
#include "lib/master_key.h"
#include "lib/slice.h"

/* Who may send to a termination. */
enum source_rule {
	SOURCE_STRICT,		/* its remote address and port */
	SOURCE_ADDRESS,		/* any port of the remote address */
	SOURCE_ANY,
	SOURCE_FILTER,		/* whom a filter of its own lets through */
};

struct source_filter {
	__be32 address[4];
	__u8 prefix;		/* leading bits that count, IPv4's from 96 */
	__u16 port_low, port_high; /* host order; 0, 0: any port */
};

/* A transport address; what the request leaves out is not .has. */
struct spec_transport {
	bool has_address, has_port, has_rtcp;
	__be32 address[4];
	__u16 port;	/* host order */
	__u16 rtcp;	/* host order; 0: no RTCP */
};

enum spec_has {
	SPEC_TERMINATION = 1 << 0,
	SPEC_REALM = 1 << 1,
	SPEC_LOCAL = 1 << 2,
	SPEC_REMOTE = 1 << 3,
	SPEC_SOURCE = 1 << 4,
	SPEC_GATE = 1 << 5,
	SPEC_DSCP = 1 << 6,
	SPEC_CLOCK_RATE = 1 << 7,
	SPEC_RATE = 1 << 8,
	SPEC_RECEIVE = 1 << 9,
	SPEC_SEND = 1 << 10,
	SPEC_CODEC = 1 << 11,
	SPEC_MIKEY = 1 << 12,	/* .receive and .send come from a KMS */
};

enum { SPEC_MEDIA_MAX = 100 };	/* two crypto sessions each, of 255 */

/* Whose keys a key management server has: docs/authorised-receiver.md. */
struct spec_mikey {
	struct sg_slice offer;	/* text of the request: SDP or key-mgmt */
	struct sg_slice answer;	/* empty: none */
	int media;		/* which m= section, from 1 */
	bool answerer;		/* whose side it is; else the offerer's */
	bool mki;		/* packets have one: the SPI */
};

struct spec_termination {
	unsigned int has;	/* enum spec_has */
	int number;
	char realm[REALM_NAME];
	struct spec_transport local, remote;
	enum source_rule source;
	struct source_filter filter; /* of SOURCE_FILTER */
	bool latch;
	bool gate_open;
	__u8 dscp;		/* SG_DSCP_COPY: keep */
	__u32 clock_rate;
	__u8 codec;		/* enum sg_codec_id */
	__u32 rate;
	int receive_count;	/* 0: plain */
	struct sg_master_key receive[SG_OPEN_KEYS];
	int send_count;		/* 0: plain */
	struct sg_master_key send;
	struct spec_mikey mikey; /* with SPEC_MIKEY: fill the keys before use */
};

struct spec {
	char name[SG_NAME_MAX]; /* "": none given */
	bool has_opaque;
	bool opaque;
	int count;
	struct spec_termination termination[2]; /* in the request's order */
};

/*
 * context.add, context.change and all methods that take no more than a
 * name. -EINVAL with @fault. Holds keys: spec_zero() afterwards, always.
 * .mikey lies in @params.
 */
int spec_read_add(struct spec *spec, json_t *params, struct fault *fault);
int spec_read_change(struct spec *spec, json_t *params, struct fault *fault);
int spec_read_name(struct spec *spec, json_t *params, struct fault *fault);
void spec_zero(struct spec *spec);

/* The termination that has SPEC_MIKEY, of which there is one; or NULL. */
struct spec_termination *spec_find_mikey(struct spec *spec);

/* "strict", "address", "any"; NULL: SOURCE_FILTER, which has no name. */
const char *source_rule_name(enum source_rule rule);

#endif /* SRTPGATE_SPEC_H */
