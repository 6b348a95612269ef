/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A ticket in the hands of a terminal: the ticket and what its KMS said of
 * it, its keys. Slices lie in the struct, which stays where it is; whoever
 * fills one wipes it.
 */
#ifndef SRTPGATE_UE_TICKET_H
#define SRTPGATE_UE_TICKET_H

#include <jansson.h>

#include "lib/fault.h"
#include "lib/mikey_exchange.h"

enum ticket_role {
	TICKET_INITIATOR = 1,	/* we asked for it, or made it */
	TICKET_RESPONDER,	/* it was resolved for us */
};

enum {
	TICKET_ID_SIZE = 17,	/* 16 hexadecimal digits and the NUL */
	/* What a record has besides the ticket, at most. */
	TICKET_RECORD_MAX = MIKEY_TICKET_MAX + MIKEY_KEYS_SIZE_MAX +
			    MIKEY_ID_MAX + 1024,
};

struct ticket {
	enum ticket_role role;
	char id[TICKET_ID_SIZE]; /* of role and body; no secret */
	__u64 added;		/* NTP seconds */
	__u32 uses;		/* calls that it was used for */
	struct sg_slice body;
	struct mikey_policy policy; /* the body's */
	struct mikey_modifier modifier; /* of a responder's, with forking */
	struct mikey_keys keys;	/* MPKi [MPKr], session keys: secret */
	__u8 octets[TICKET_RECORD_MAX];
};

/* The beginning of SHA-256 over both. -EIO. */
int ticket_name(char id[TICKET_ID_SIZE], enum ticket_role role,
		struct sg_slice body);

/*
 * Copies all in; @modifier NULL: none. -E2BIG, -EINVAL and so on with @fault;
 * then it is wiped.
 */
int ticket_fill(struct ticket *ticket, enum ticket_role role,
		struct sg_slice body, const struct mikey_modifier *modifier,
		const struct mikey_keys *keys, struct fault *fault);

/* All of it as octets, secret ones, and back. Returns octets, or as above. */
int ticket_print(__u8 record[TICKET_RECORD_MAX], const struct ticket *ticket);
int ticket_parse(struct ticket *ticket, struct sg_slice record,
		 struct fault *fault);

void ticket_wipe(struct ticket *ticket);

/* Has its time come and not passed? @now: NTP seconds. */
bool ticket_is_current(const struct ticket *ticket, __u64 now);

/* May it be used for one call more? */
bool ticket_is_unspent(const struct ticket *ticket);

/* What of it is not secret. A new reference; NULL: no memory. */
json_t *ticket_json(const struct ticket *ticket);

#endif /* SRTPGATE_UE_TICKET_H */
