/* SPDX-License-Identifier: GPL-2.0-only */
/* Diameter messages and AVPs as octets (RFC 6733 3 and 4). */
#ifndef SRTPGATE_KMS_DIAMETER_H
#define SRTPGATE_KMS_DIAMETER_H

#include "lib/cursor.h"

enum {
	DIAMETER_HEADER = 20,	/* octets */
	DIAMETER_SIZE_MAX = 65536,

	DIAMETER_CE = 257,
	DIAMETER_DW = 280,
	DIAMETER_DP = 282,

	DIAMETER_REQUEST = 0x80,
	DIAMETER_PROXIABLE = 0x40,
	DIAMETER_ERROR = 0x20,
	DIAMETER_AGAIN = 0x10,	/* may have been sent before */

	DIAMETER_HOST_IP_ADDRESS = 257,
	DIAMETER_AUTH_APPLICATION = 258,
	DIAMETER_VENDOR_APPLICATION = 260,
	DIAMETER_SESSION = 263,
	DIAMETER_ORIGIN_HOST = 264,
	DIAMETER_SUPPORTED_VENDOR = 265,
	DIAMETER_VENDOR = 266,
	DIAMETER_RESULT = 268,
	DIAMETER_PRODUCT = 269,
	DIAMETER_DISCONNECT_CAUSE = 273,
	DIAMETER_ORIGIN_STATE = 278,
	DIAMETER_DESTINATION_REALM = 283,
	DIAMETER_DESTINATION_HOST = 293,
	DIAMETER_ORIGIN_REALM = 296,
	DIAMETER_EXPERIMENTAL = 297,
	DIAMETER_EXPERIMENTAL_RESULT = 298,

	DIAMETER_SUCCESS = 2001,
	DIAMETER_UNSUPPORTED = 3001,
	DIAMETER_RELAY = 0xffffffff,	/* an agent's application */
};

struct diameter_header {
	__u8 flags;
	__u32 command;
	__u32 application;
	__u32 hop, end;		/* hop-by-hop, end-to-end identifier */
};

struct diameter_avp {
	__u32 code, vendor;	/* 0: the base protocol's */
	struct sg_slice data;
};

/*
 * Octets of the message that begins at @at, of which @size are there; 0: not
 * enough to tell. -EPROTO: no Diameter, or longer than DIAMETER_SIZE_MAX.
 */
int diameter_size(const void *at, size_t size);

/* Reads a whole message; @avps is where its AVPs are. -EPROTO. */
int diameter_parse(struct diameter_header *header, struct sg_cursor *avps,
		   struct sg_slice message);

/* The next AVP: 1; 0: there is none; -EPROTO. */
int diameter_next(struct sg_cursor *avps, struct diameter_avp *avp);

/* -EPROTO: not four octets. */
int diameter_u32(const struct diameter_avp *avp, __u32 *value);

/* What has been written; once something did not fit nothing does. */
struct diameter_writer {
	__u8 *buffer;
	size_t size, at;
	bool failed;
};

void diameter_begin(struct diameter_writer *w, void *buffer, size_t size,
		    const struct diameter_header *header);
/* All AVPs are mandatory ones. */
void diameter_put(struct diameter_writer *w, __u32 vendor, __u32 code,
		  struct sg_slice data);
void diameter_put_text(struct diameter_writer *w, __u32 code,
		       const char *text);
void diameter_put_u32(struct diameter_writer *w, __u32 code, __u32 value);

/* An AVP of AVPs: what is put until diameter_close(@group) is inside. */
size_t diameter_group(struct diameter_writer *w, __u32 code);
void diameter_close(struct diameter_writer *w, size_t group);

/* The message's octets, or -ENOSPC. */
int diameter_end(struct diameter_writer *w);

#endif /* SRTPGATE_KMS_DIAMETER_H */
