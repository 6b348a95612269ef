/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A BSF as a source of users, over Zn (TS 29.109). Put a user_cache.h in
 * front of it: here every question goes to the BSF.
 */
#ifndef SRTPGATE_KMS_ZN_H
#define SRTPGATE_KMS_ZN_H

#include "kms/user.h"
#include "kms/zn_peer.h"
#include "lib/fault.h"

enum { ZN_PEERS_MAX = 4 };

struct zn_address {
	const char *node;	/* name or address */
	const char *port;	/* NULL: 3868, with TLS 5658 */
	const char *host;	/* what the peer calls itself; NULL: any */
	bool tls;		/* needs .host, and the three files */
};

struct zn_setting {
	const char *name;	/* the KMS's, as its users know it */
	const char *host, *realm; /* our Origin-Host and Origin-Realm */
	struct zn_address peer[ZN_PEERS_MAX]; /* the first open one is asked */
	int peers;
	const char *bsf_realm;	/* NULL: the domain of the B-TID */
	const char *bsf_host;	/* NULL: any there */
	const char *service;	/* GAA-Service-Identifier; NULL: none */
	const char *ca, *certificate, *key; /* PEM files, for TLS */
	struct zn_timing timing;
};

extern const struct zn_timing zn_timing;

struct zn;

/*
 * Looks names up and reads files; from then on no file is opened. It is no
 * error that nobody can be reached. Negative errno with @fault. @setting's
 * strings have to outlive it. For TLS the process has to ignore SIGPIPE.
 */
int zn_open(struct zn **zn, struct event_base *base,
	    const struct zn_setting *setting, struct fault *fault);
/* Nobody who still waits is told. */
void zn_close(struct zn *zn);

/* Valid as long as @zn. */
const struct user_source *zn_source(struct zn *zn);

/* Is there a peer that can be asked? */
bool zn_is_open(const struct zn *zn);

#endif /* SRTPGATE_KMS_ZN_H */
