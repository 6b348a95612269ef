/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket Resolve: of an authenticated RESOLVE_INIT_PSK, which keys its sender
 * gets (TS 33.328 B.2.2 steps 5 to 7, RFC 6043 4.2.3.4). Pure, as request.h.
 *
 * resolve_read() says whose ticket it is; resolve_admit() who may open it;
 * resolve_answer() opens it, once its key is known.
 */
#ifndef SRTPGATE_KMS_RESOLVE_H
#define SRTPGATE_KMS_RESOLVE_H

#include "kms/account.h"
#include "kms/policy.h"
#include "kms/ticket_keys.h"
#include "kms/user.h"
#include "lib/mikey_exchange.h"

enum resolve_whose {
	RESOLVE_OURS,		/* .key */
	RESOLVE_USERS,		/* the TPK is the NAF-Key of .ticket.psk_id */
	RESOLVE_OTHERS,		/* of the KMS .ticket.policy.kms */
};

/* What is known of who asks: a user or, on Zk, whom the other KMS speaks for. */
struct resolve_from {
	const struct user *user;
	const struct account *account; /* of .user; NULL: he has none */
	const struct identity_list *vouched; /* users of another KMS, on Zk */
	bool refork;		/* and whether it may for network functions */
};

struct resolve {
	const struct mikey_query *query; /* verified */
	struct mikey_ticket ticket;
	enum resolve_whose whose;
	const struct ticket_key *key;
	const struct policy_rule *rule;
	struct sg_slice recipient; /* whom the keys are for: admit() */
};

struct resolve_reply {
	struct sg_slice kms;	/* our name */
	struct mikey_time t;
	__u64 now;		/* s since 1970 */
	__u8 rand[32];		/* RANDRkms */
	const struct mikey_secret *psk; /* of the query */
};

/* Reads the ticket. Negative errno with @fault. */
int resolve_read(struct resolve *resolve, const struct mikey_query *query,
		 struct sg_slice kms, const struct ticket_keys *keys, __u64 now,
		 struct mikey_fault *fault);

/* -EACCES, Invalid ID; -EPERM, Invalid TPpar; both with @fault. */
int resolve_admit(struct resolve *resolve, const struct resolve_from *from,
		  const struct policy *policy, struct mikey_fault *fault);

/*
 * Writes RESOLVE_RESP. @initiator: whose NAF-Key the ticket was made with,
 * with RESOLVE_USERS only. Returns octets, or a negative errno with @fault.
 */
int resolve_answer(__u8 *buffer, size_t size, const struct resolve *resolve,
		   const struct resolve_reply *how,
		   const struct user *initiator, const struct policy *policy,
		   struct mikey_fault *fault);

#endif /* SRTPGATE_KMS_RESOLVE_H */
