/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a NAF and a BSF say to each other on Zn (TS 29.109): capabilities,
 * watchdogs and farewells of Diameter (RFC 6733 5.3 to 5.5), and the
 * Bootstrapping-Info request and its answer. Those that print return the
 * octets written, or -ENOSPC.
 */
#ifndef SRTPGATE_KMS_ZN_MESSAGE_H
#define SRTPGATE_KMS_ZN_MESSAGE_H

#include <sys/socket.h>

#include "kms/diameter.h"
#include "kms/user.h"
#include "lib/gba.h"

enum {
	ZN_APPLICATION = 16777220,
	ZN_VENDOR = 10415,	/* 3GPP */
	ZN_BI = 310,		/* Bootstrapping-Info */
	ZN_REQUEST_MAX = 4096,	/* octets of anything we say */
};

/* Who we are. */
struct zn_self {
	const char *host, *realm;
	__u32 state;		/* Origin-State-Id: greater after a restart */
	struct gba_naf_id naf;
	const char *service;	/* GAA-Service-Identifier; NULL: none */
};

int zn_print_ce(void *buffer, size_t size, const struct zn_self *self,
		const struct sockaddr *address, __u32 id);
/* A watchdog, or with DIAMETER_DP a farewell. */
int zn_print_request(void *buffer, size_t size, const struct zn_self *self,
		     __u32 command, __u32 id);
/* The answer to @header, a request. */
int zn_print_answer(void *buffer, size_t size, const struct zn_self *self,
		    const struct diameter_header *header, __u32 result);

struct zn_question {
	struct sg_slice btid;
	const char *realm;	/* the BSF's; NULL: the domain of the B-TID */
	const char *host;	/* NULL: any there */
	__u32 session;		/* a number of its own */
	__u32 hop, end;
	bool again;		/* it may have been asked already */
};

int zn_print_bi(void *buffer, size_t size, const struct zn_self *self,
		const struct zn_question *question);

/*
 * 0: the peer takes us and serves Zn, or forwards. -EPROTO; -EACCES: it does
 * not take us; -ENOTSUP; -EINVAL: it is not @host (unless that is NULL).
 */
int zn_parse_ce(struct sg_cursor avps, const char *host);

/*
 * The answer to a question: 0 with @user, or what user_source says of
 * -ENOENT, -EACCES and -EAGAIN; -EPROTO: nonsense, or no key for us. @user is
 * zero then.
 */
int zn_parse_bi(struct user *user, struct sg_cursor avps);

#endif /* SRTPGATE_KMS_ZN_MESSAGE_H */
