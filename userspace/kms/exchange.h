/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One query from its octets to the octets of its answer: the order of checks
 * (RFC 3830 5.3), the questions to those who know users and to other KMSs,
 * Error messages, the audit log.
 */
#ifndef SRTPGATE_KMS_EXCHANGE_H
#define SRTPGATE_KMS_EXCHANGE_H

#include "kms/kms.h"
#include "kms/zk.h"

enum exchange_status {
	EXCHANGE_OK = 200,	/* and MIKEY, maybe an Error (Annex A) */
	EXCHANGE_BAD = 400,	/* no such message */
	EXCHANGE_FORBIDDEN = 403, /* the user may not use the service */
	EXCHANGE_BROKEN = 500,
	EXCHANGE_UNAVAILABLE = 503, /* BSF or other KMS */
};

/* @octets live until the call returns; empty unless EXCHANGE_OK. */
typedef void exchange_done(void *arg, enum exchange_status status,
			   struct sg_slice octets);

struct exchange;

struct exchange_from {
	const char *address;	/* for the log; copied */
	const struct zk_peer *peer; /* NULL: not on Zk */
};

/*
 * @type: which message @octets, copied, must be. @done is called once: from
 * within this call, and then NULL is returned; or later.
 */
struct exchange *exchange_start(struct kms *kms, enum mikey_data_type type,
				struct sg_slice octets,
				const struct exchange_from *from,
				exchange_done *done, void *arg);

/* @done will not be called. NULL is ignored. */
void exchange_cancel(struct exchange *exchange);

#endif /* SRTPGATE_KMS_EXCHANGE_H */
