/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user as GBA vouches for him (TS 33.220, TS 33.328 6.2.3.5): the NAF-Key
 * that he shares with us, and the identities that he may use. Whoever knows
 * users is a source of them: the local store (user_store.h) or a BSF (zn.h).
 */
#ifndef SRTPGATE_KMS_USER_H
#define SRTPGATE_KMS_USER_H

#include "lib/mikey_key.h"
#include "lib/slice.h"

enum {
	USER_BTID_MAX = 253,	/* octets of a B-TID, an NAI */
	USER_IDENTITIES_MAX = 64,
	USER_IDENTITY_MAX = 253, /* octets of one */
	NAF_KEY_SIZE = 32,	/* octets, TS 33.220 B.3 */
};

struct user {
	/* Secret: user_wipe(). Empty: he has a certificate. */
	struct mikey_secret naf_key;
	__u64 expires;		/* s since 1970; 0: not said */
	/* KMS user identities, user@domain: of IMPUs that have one. */
	char identity[USER_IDENTITIES_MAX][USER_IDENTITY_MAX + 1];
	int identities;
};

void user_wipe(struct user *user);

/*
 * Adds the KMS user identity of a public identity, a URI (TS 33.328 6.2.3.2).
 * False: it has none, or one that does not print, or there is no room.
 * One that the user has already is not added again.
 */
bool user_add_impu(struct user *user, struct sg_slice uri);

/* The same of an identity itself: one of a certificate's e-mail addresses. */
bool user_add_identity(struct user *user, struct sg_slice identity);

/* Is @identity (no '*' in it) one of the user's? Octets, domain caseless. */
bool user_has(const struct user *user, struct sg_slice identity);

/*
 * What a source answers: 0 with @user, which is its own and valid until the
 * call returns; or
 *   -ENOENT	it does not know the B-TID, or it has expired (5403)
 *   -EACCES	the user may not use this service (5402)
 *   -EAGAIN	the source cannot be reached, or did not answer in time
 */
typedef void user_found(void *arg, int err, const struct user *user);

/* A question on its way; see user_source.cancel. */
struct user_query;

struct user_source {
	const char *name;	/* for the log: "store", "bsf" */
	/*
	 * Asks for the user of @btid. @done is called once: from within this
	 * call, and then NULL is returned; or later from the event loop.
	 */
	struct user_query *(*find)(void *source, struct sg_slice btid,
				   user_found *done, void *arg);
	/* Gives a question up: @done will not be called. NULL is ignored. */
	void (*cancel)(void *source, struct user_query *query);
	void *source;
};

#endif /* SRTPGATE_KMS_USER_H */
