/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of srtpgate-ue, in libconfig's syntax: who the terminal
 * is, whom it asks, what it keeps and whom it believes.
 */
#ifndef SRTPGATE_UE_CONFIG_H
#define SRTPGATE_UE_CONFIG_H

#include <libconfig.h>

#include "lib/identity_list.h"
#include "srtpgate/fastpath.h"

#define CONFIG_FILE "/etc/srtpgate/srtpgate-ue.conf"

enum {
	CONFIG_TEXT = 256,	/* with the final NUL */
	CONFIG_SUITES = 8,
	CONFIG_CALLS = 16,
	CONFIG_LIFETIME_MAX = 10 * 365 * 86400, /* s, of a ticket */
};

/* Our key management server. */
struct config_kms {
	char name[CONFIG_TEXT];
	char address[CONFIG_TEXT]; /* "192.0.2.7:8080", and replicas */
	char authority[CONFIG_TEXT]; /* PEM: TLS; "": HTTP */
	long timeout;		/* s */
};

/* What bootstrapping gave us (TS 33.220), or a certificate. */
struct config_credential {
	char id[CONFIG_TEXT];	/* the B-TID; "": a certificate */
	char key_file[CONFIG_TEXT];
	char certificate[CONFIG_TEXT]; /* PEM, with the chain; "": a B-TID */
	char kms_certificate[CONFIG_TEXT]; /* PEM */
	char signature[8];	/* "pkcs1" or "pss" */
	char envelope[8];	/* "oaep" or "pkcs1" */
};

struct config_store {
	char path[CONFIG_TEXT];	/* a folder */
	char key_file[CONFIG_TEXT]; /* "": a passphrase */
	char passphrase_file[CONFIG_TEXT]; /* "": from a descriptor */
};

/* What tickets we want, or make. */
struct config_ticket {
	long lifetime;		/* s */
	bool reusable;
	bool own;		/* made here: mode 3 of RFC 6043 */
	long strength;		/* bits of keys: 128 or 256 */
};

/* Where the ticket of a call comes from (TS 33.328 B.1.2, step 1). */
struct config_call {
	struct identity_list to; /* callees; empty: everybody */
	struct identity_list recipients; /* of a ticket; empty: the callee */
	char ticket[8];		/* "stored", "fresh" or "own" */
};

/* Whose calls are answered: lists that are empty are everybody. */
struct config_accept {
	struct identity_list from;
	struct identity_list servers; /* whose tickets */
	long lifetime;		/* s that a ticket may still live; 0: any */
	bool own_tickets;	/* of mode 3 */
	bool unforked;		/* tickets without I */
};

/*
 * What the documents at hand leave open of messages and TLS, see
 * docs/secure-messaging.md.
 */
struct config_message {
	long protocol;		/* numbers of MIKEY */
	long extension;
	bool unproven;		/* opens bodies without a digest */
};

struct config_tls {
	long protocol;
	bool plain_psk;		/* suites without forward secrecy, too */
};

struct config {
	config_t file;		/* identities lie in it */
	struct identity_list identities; /* ours; we call as the first */
	struct identity_list answers; /* who else may answer our calls */
	enum sg_suite suite[CONFIG_SUITES]; /* the best first */
	int suites;
	bool mki;		/* packets carry one */
	long skew;		/* s that another's clock may be off */
	struct config_kms kms;
	struct config_credential credential;
	struct config_store store;
	struct config_ticket ticket;
	struct config_call call[CONFIG_CALLS]; /* the first that fits counts */
	int calls;
	struct config_accept accept;
	struct config_message message;
	struct config_tls tls;
};

/* Reads and checks @path. Negative errno with @fault; nothing to free then. */
int config_load(struct config *config, const char *path, struct fault *fault);
void config_free(struct config *config);

/* Is @identity one of ours? */
bool config_is_ours(const struct config *config, struct sg_slice identity);

#endif /* SRTPGATE_UE_CONFIG_H */
