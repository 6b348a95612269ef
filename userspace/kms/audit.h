/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The audit log: a line of JSON for each ticket that was issued, resolved or
 * refused to somebody whose message was authentic. No keys. The file is only
 * ever appended to, a line at a time, so replicas may share it.
 */
#ifndef SRTPGATE_KMS_AUDIT_H
#define SRTPGATE_KMS_AUDIT_H

#include <time.h>

#include "lib/fault.h"
#include "lib/mikey_ticket.h"

/* Slices may be empty, pointers NULL: then nothing is said of them. */
struct audit_event {
	struct timespec time;
	const char *event;	/* "issued", "resolved", "refused" */
	const char *type;	/* "request", "resolve" */
	const char *reason;	/* why refused */
	const char *address;	/* of who asked */
	const char *peer;	/* the KMS it came from, or went to */
	const char *rule;
	__u32 csb_id;
	long replica;
	struct sg_slice psk_id, requester, recipient;
	const char *certificate; /* SHA-256 of it in hexadecimal */
	const struct mikey_policy *policy; /* the ticket's */
	__u32 key;		/* number of the ticket's; 0: not ours */
	bool refork;
};

struct audit;

/* NULL stays in *@audit when @path is "". Negative errno with @fault. */
int audit_open(struct audit **audit, const char *path, struct fault *fault);

/* Again at its path: somebody has renamed the file. */
int audit_reopen(struct audit *audit, struct fault *fault);
void audit_close(struct audit *audit);

/* Negative errno: it is not in the log. */
int audit_write(struct audit *audit, const struct audit_event *event);

#endif /* SRTPGATE_KMS_AUDIT_H */
