/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of srtpgate-kms, in libconfig's syntax: all that needs a
 * restart. Who may do what is in the policy's file, policy.h.
 */
#ifndef SRTPGATE_KMS_CONFIG_H
#define SRTPGATE_KMS_CONFIG_H

#include <libconfig.h>

#include "kms/policy.h"
#include "lib/fault.h"
#include "lib/tls.h"

#define CONFIG_FILE "/etc/srtpgate/srtpgate-kms.conf"

enum {
	CONFIG_TEXT = 256,	/* with the final NUL */
	CONFIG_PEERS = 64,
	CONFIG_BSF_PEERS = 4,
};

/* A TLS listener; .listen "" : none. */
struct config_tls {
	char listen[CONFIG_TEXT];
	char certificate[CONFIG_TEXT]; /* PEM, with the chain */
	char key[CONFIG_TEXT];	/* PEM */
	char authority[CONFIG_TEXT]; /* PEM: who vouches for other KMSs */
};

#define config_tls_files(tls)                                                 \
	((struct tls_files){ (tls)->certificate, (tls)->key, (tls)->authority })

/* Another KMS, on Zk. */
struct config_peer {
	char name[CONFIG_TEXT];	/* in tickets, and in its certificate */
	char address[CONFIG_TEXT]; /* "192.0.2.7:8443"; "": it only asks us */
	char key_file[CONFIG_TEXT]; /* 32 octets in base64 that both have */
	struct identity_list domains; /* the users that it may speak for */
	bool refork;		/* also for network functions: account.h */
};

/* Bootstrapped users in a file; .path "": none. */
struct config_store {
	char path[CONFIG_TEXT];
	char seal[CONFIG_TEXT];	/* "": keys are not sealed */
};

/* Our RSA key, for users with certificates; .certificate "": there are none. */
struct config_mikey {
	char certificate[CONFIG_TEXT]; /* PEM */
	char key[CONFIG_TEXT];	/* PEM */
	char envelope[8];	/* "oaep" or "pkcs1" */
};

struct config_bsf_peer {
	char node[CONFIG_TEXT];	/* name or address */
	char port[CONFIG_TEXT];	/* "": Diameter's */
	char host[CONFIG_TEXT];	/* Diameter's name; "": any, without TLS */
	bool tls;
};

/* A BSF, over Zn; no .peers: none. What is "" is zn.h's NULL. */
struct config_bsf {
	char host[CONFIG_TEXT];
	char realm[CONFIG_TEXT];
	char bsf_realm[CONFIG_TEXT];
	char bsf_host[CONFIG_TEXT];
	char service[CONFIG_TEXT];
	char authority[CONFIG_TEXT];
	char certificate[CONFIG_TEXT];
	char key[CONFIG_TEXT];
	struct config_bsf_peer peer[CONFIG_BSF_PEERS];
	int peers;
};

struct config {
	config_t file;		/* patterns lie in it */
	char name[CONFIG_TEXT];	/* IDRkms: our domain name */
	char user[CONFIG_TEXT];
	char group[CONFIG_TEXT];
	char listen[CONFIG_TEXT]; /* "address:port"; "": none */
	struct config_tls tls;
	struct config_tls zk;
	struct config_peer peer[CONFIG_PEERS];
	int peers;
	struct config_mikey mikey;
	struct config_store store;
	struct config_bsf bsf;	/* or this: not both */
	char policy[CONFIG_TEXT];
	char ticket_keys[CONFIG_TEXT];
	char audit[CONFIG_TEXT]; /* "": none */
	char metrics[CONFIG_TEXT]; /* "address:port"; "": off */
	long replica;		/* 0 to 255 */
	long skew;		/* s that a T may be off */
	long remember;		/* messages, against replays */
	long timeout;		/* s: idle connections, questions to others */
	long connections;	/* at once, at most */
};

/* Reads and checks @path. Negative errno with @fault; nothing to free then. */
int config_load(struct config *config, const char *path, struct fault *fault);
void config_free(struct config *config);

#endif /* SRTPGATE_KMS_CONFIG_H */
