/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MIKEY messages (RFC 3830) with the payloads of MIKEY-TICKET (RFC 6043):
 * from octets to a plain struct and back. What they mean, and every key, is
 * the business of the other mikey_*.h.
 *
 * Slices of a parsed message lie in the caller's octets and live as long as
 * those; nothing is printed over what its slices lie in. Numbers are in host
 * order. Payloads are named as in the RFCs.
 */
#ifndef SRTPGATE_MIKEY_H
#define SRTPGATE_MIKEY_H

#include "lib/slice.h"

enum {
	MIKEY_VERSION = 1,
	MIKEY_HEADER_SIZE = 10,
	MIKEY_CS_MAX = 64,	/* crypto sessions of one message */
	MIKEY_PAYLOADS_MAX = 64, /* of one message or container */
	MIKEY_ID_MAX = 512,	/* octets of an identity */
	MIKEY_TAG_MAX = 32,
};

enum mikey_data_type {
	MIKEY_ERROR = 6,
	MIKEY_REQUEST_INIT_PSK = 11, /* RFC 6043 6.1 */
	MIKEY_REQUEST_INIT_PK,
	MIKEY_REQUEST_RESP,
	MIKEY_TRANSFER_INIT,
	MIKEY_TRANSFER_RESP,
	MIKEY_RESOLVE_INIT_PSK,
	MIKEY_RESOLVE_INIT_PK,
	MIKEY_RESOLVE_RESP,
};

enum mikey_payload_type {
	MIKEY_LAST,
	MIKEY_KEMAC,
	MIKEY_PKE,
	MIKEY_DH,
	MIKEY_SIGN,
	MIKEY_T,
	MIKEY_ID,
	MIKEY_CERT,
	MIKEY_CHASH,
	MIKEY_V,
	MIKEY_SP,
	MIKEY_RAND,
	MIKEY_ERR,
	MIKEY_TR,		/* RFC 6043 6.1 from here */
	MIKEY_IDR,
	MIKEY_RANDR,
	MIKEY_TP,
	MIKEY_TICKET,
	MIKEY_KEY_DATA = 20,
	MIKEY_EXTENSION,
	MIKEY_SAKKE = 26,	/* RFC 6509; only stepped over, as is DH */
	MIKEY_PAYLOAD_TYPES,
};

/* RFC 3830 6.12, RFC 4738, RFC 6043 6.9 */
enum mikey_error {
	MIKEY_AUTH_FAILURE,
	MIKEY_INVALID_TS,
	MIKEY_INVALID_PRF,
	MIKEY_INVALID_MAC,
	MIKEY_INVALID_EA,
	MIKEY_INVALID_HA,
	MIKEY_INVALID_DH,
	MIKEY_INVALID_ID,
	MIKEY_INVALID_CERT,
	MIKEY_INVALID_SP,
	MIKEY_INVALID_SPPAR,
	MIKEY_INVALID_DT,
	MIKEY_UNSPECIFIED,
	MIKEY_UNSUPPORTED_MESSAGE,
	MIKEY_INVALID_TICKET,
	MIKEY_INVALID_TPPAR,
};

enum mikey_prf {
	MIKEY_PRF_SHA1,		/* MIKEY-1 */
	MIKEY_PRF_SHA256,
};

enum mikey_encr {
	MIKEY_ENCR_NULL,
	MIKEY_AES_CM_128,
	MIKEY_AES_KW_128,
	MIKEY_AES_CM_256,
};

enum mikey_mac {
	MIKEY_MAC_NULL,
	MIKEY_HMAC_SHA1,
	MIKEY_HMAC_SHA256,
};

enum mikey_map {
	MIKEY_MAP_SRTP,
	MIKEY_MAP_EMPTY,	/* RFC 4563 5 */
	MIKEY_MAP_GENERIC,	/* RFC 6043 6.1.1 */
};

enum mikey_time_type {
	MIKEY_NTP_UTC,
	MIKEY_NTP,
	MIKEY_COUNTER,
	MIKEY_NTP_UTC_32,
};

enum mikey_time_role {
	MIKEY_TIME_ISSUE = 1,
	MIKEY_TIME_START,
	MIKEY_TIME_END,
	MIKEY_TIME_REKEY,
};

/* Of IDR; RANDR has the first three. */
enum mikey_role {
	MIKEY_INITIATOR = 1,
	MIKEY_RESPONDER,
	MIKEY_KMS,
	MIKEY_PSK_ID,		/* RANDR has no such role, nor the next */
	MIKEY_APPLICATION,
};

enum mikey_id_type {
	MIKEY_ID_NAI,
	MIKEY_ID_URI,
	MIKEY_ID_OCTETS,
};

enum mikey_protocol {
	MIKEY_SRTP,		/* of an SP and a crypto session */
};

enum { MIKEY_EXTENSION_SDP_IDS = 1 };

/* Why octets are refused. */
struct mikey_fault {
	enum mikey_error error;	/* for an Error message */
	const char *text;	/* a sentence for people, none of the octets */
};

/* Returns @err. */
static inline int mikey_fail(struct mikey_fault *fault, int err,
			     enum mikey_error error, const char *text)
{
	*fault = (struct mikey_fault){ error, text };
	return err;
}

/*
 * One crypto session of the CS ID map. SRTP-ID has a policy, SSRC and ROC;
 * GENERIC-ID the rest.
 */
struct mikey_cs {
	__u8 id;
	__u8 policy;
	__u32 ssrc;
	__u32 roc;
	__u8 protocol;
	bool with_roc;		/* S: session data has ROC and SEQ, too */
	struct sg_slice policies; /* policy numbers, one octet each, to 127 */
	struct sg_slice session; /* session data */
	struct sg_slice spi;
};

/* A T payload, or the time in a TR. */
struct mikey_time {
	enum mikey_time_type type;
	__u64 value;		/* 64 or 32 bits, as they stand there */
};

struct mikey_kemac {
	__u8 encr;		/* enum mikey_encr */
	__u8 mac;		/* enum mikey_mac */
	struct sg_slice data;
	struct sg_slice tag;
};

/*
 * TP or TICKET. The body, from the ticket type to the end of TP Data or
 * Ticket Data, is what goes unchanged from message to message; its lengths
 * were checked. See mikey_ticket.h.
 */
struct mikey_ticket_body {
	struct sg_slice body;
	struct sg_slice initiator_data; /* TICKET only; may be empty */
};

struct mikey_payload {
	enum mikey_payload_type type;
	struct sg_slice octets;	/* parsed: with its np octet */
	__u8 role;		/* of TR, IDR and RANDR */
	union {
		struct mikey_time t;		/* T, TR */
		struct mikey_kemac kemac;
		struct mikey_ticket_body ticket; /* TP, TICKET */
		__u8 error;			/* ERR; may be unknown */
		struct {
			/*
			 * What the data is: its type in ID, IDR, CERT and
			 * EXTENSION, its algorithm in V, CHASH and SIGN, C in
			 * PKE; 0 in RAND and RANDR.
			 */
			__u8 kind;
			struct sg_slice data;
		};
		struct {
			__u8 policy;
			__u8 protocol;
			struct sg_slice parameters;
		} sp;
	};
};

struct mikey_message {
	struct sg_slice octets;	/* parsed: all of it */
	__u8 data_type;		/* may be unknown */
	bool v;			/* a response is expected */
	__u8 prf;		/* may be unknown */
	__u32 csb_id;
	__u8 map;		/* enum mikey_map */
	struct mikey_cs cs[MIKEY_CS_MAX];
	int css;
	struct mikey_payload payload[MIKEY_PAYLOADS_MAX];
	int payloads;
};

/*
 * Reads all of @octets. -EINVAL: against the RFCs; -ENOTSUP: a version, map
 * type, payload or algorithm whose length nobody knows; -E2BIG: more than
 * fits; all with *@fault.
 */
int mikey_parse(struct mikey_message *message, struct sg_slice octets,
		struct mikey_fault *fault);

/*
 * Writes @message. Returns the octets written; -ENOSPC: more than @size;
 * -EINVAL: something has no room in its length field, or no such payload.
 */
int mikey_print(__u8 *buffer, size_t size,
		const struct mikey_message *message);

/* The @index-th payload of a type and role, from 0; role 0: any. Or NULL. */
const struct mikey_payload *mikey_find(const struct mikey_message *message,
				       enum mikey_payload_type type, __u8 role,
				       int index);

/* Appends; one beyond the last is lost and .payloads says so: -EINVAL. */
void mikey_add(struct mikey_message *message, struct mikey_payload payload);

/* Octets of a tag; -1: unknown. */
int mikey_tag_size(__u8 mac);

/* "Invalid TPpar"; "unknown". */
const char *mikey_error_name(__u8 error);

#endif /* SRTPGATE_MIKEY_H */
