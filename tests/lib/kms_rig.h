/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A key management server without its program: files in a folder of its own,
 * users from a table, queries handed in and answers kept. Whatever fails here
 * ends the program.
 */
#ifndef SRTPGATE_TEST_KMS_RIG_H
#define SRTPGATE_TEST_KMS_RIG_H

#include "kms/exchange.h"
#include "kms_client.h"

enum { KMS_RIG_USERS = 8 };

struct kms_rig_user {
	const char *psk_id;
	int err;		/* what the source answers */
	bool later;		/* at kms_rig_find() only */
	struct user user;
};

struct kms_rig {
	struct kms kms;
	char folder[64];
	struct user_source source;
	struct kms_rig_user user[KMS_RIG_USERS];
	int users;
	int questions;		/* asked of the source */
	int cancelled;

	struct user_query *waiting;

	struct exchange *exchange; /* under way */
	int status;		/* 0: no answer yet */
	struct kms_octets answer;
};

/* @policy is the text of the policy's file. One ticket key. */
void kms_rig_open(struct kms_rig *rig, const char *name, const char *policy);
void kms_rig_close(struct kms_rig *rig);

/* Reads the files anew, with another policy unless it is NULL. */
void kms_rig_reload(struct kms_rig *rig, const char *policy);

/* Writes a file of the folder, mode 0600; returns its path, static. */
const char *kms_rig_file(struct kms_rig *rig, const char *name,
			 const char *text);

/*
 * Gives it the certificate @name of mikey_pki.h, which must be of kms.key;
 * @envelope as in the configuration. Reads the files anew.
 */
void kms_rig_certify(struct kms_rig *rig, const char *name,
		     const char *envelope);

/*
 * A user, with NAF-Key; @identities are separated by blanks. The client is
 * for the first of them.
 */
struct kms_client kms_rig_user(struct kms_rig *rig, const char *psk_id,
			       const char *identities);

/* Hands in a query, from @peer on Zk or NULL. Returns the status, 0: later. */
int kms_rig_ask(struct kms_rig *rig, enum mikey_data_type type,
		struct sg_slice octets, const struct zk_peer *peer);

/* The source answers what it was asked. Returns the status. */
int kms_rig_find(struct kms_rig *rig);

struct sg_slice kms_rig_answer(const struct kms_rig *rig);

#endif /* SRTPGATE_TEST_KMS_RIG_H */
