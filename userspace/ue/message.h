/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Immediate and deferred messages under a ticket (TR 33.829 8.3.1.1): what
 * sender and recipients do with octets and keys. docs/secure-messaging.md has
 * the format, and what was decided where the text leaves it open.
 *
 * The ticket: F and G are 0, H and I 1, no TGK, a GTGK. TRANSFER_INIT comes
 * with the message and nothing goes back. The body is encrypted with the TEK
 * of the one crypto session, and its digest is in TRANSFER_INIT, which
 * Initiator Data shows to be the initiator's.
 *
 * Functions return 0 or a negative errno with a sentence in *@fault.
 */
#ifndef SRTPGATE_UE_MESSAGE_H
#define SRTPGATE_UE_MESSAGE_H

#include "lib/mikey_exchange.h"
#include "ue/message_mime.h"

enum {
	MESSAGE_DIGEST = 1 + 32, /* its number in CHASH, and SHA-256's octets */
	MESSAGE_RAND = 32,	/* octets of RANDRi */
};

/*
 * Numbers that the documents at hand do not give: of PSK/MIME as a protocol,
 * and of the General Extension with the digest.
 */
struct message_numbers {
	__u8 protocol;
	__u8 extension;
};

extern const struct message_numbers message_numbers_default;

/* What such a ticket's flags are, but for who may make it and reuse it. */
enum { MESSAGE_FLAGS = MIKEY_E | MIKEY_H | MIKEY_I | MIKEY_N | MIKEY_O };

/* -EPERM, and the sentence names the flag or key that is wrong. */
int message_check_ticket(const struct mikey_policy *policy,
			 const struct mikey_keys *keys, struct fault *fault);

struct message_sender {
	const struct message_numbers *numbers;
	struct sg_slice ticket;	/* its body */
	const struct mikey_policy *policy; /* the same, parsed */
	const struct mikey_keys *keys; /* MPKi, MPKr, GTGK */
	struct sg_slice responder; /* IDRr: whom the MESSAGE is for, or a group */
	struct mikey_time t;	/* never the same twice */
	__u32 csb_id;		/* random */
	__u8 rand[MESSAGE_RAND]; /* random */
};

/*
 * Writes the protected message: @entity, with its headers, protected and
 * @clear, another or nothing, as it is.
 */
int message_protect(struct message_octets *out, struct sg_slice entity,
		    struct sg_slice clear, const struct message_sender *sender,
		    struct fault *fault);

/* What arrived, before anything is known to be true of it. */
struct message_received {
	__u8 octets[MIKEY_MESSAGE_MAX]; /* TRANSFER_INIT, where slices lie */
	struct mikey_transfer transfer; /* for RESOLVE_INIT */
	struct message_octets cms;
};

/*
 * Reads a message and refuses what needs no key to be refused. Free it, also
 * after an error. Large: not for the stack.
 */
int message_read(struct message_received *message, struct sg_slice octets,
		 const struct message_numbers *numbers, struct fault *fault);
void message_free(struct message_received *message);

struct message_reader {
	const struct message_numbers *numbers;
	__u64 now;		/* NTP seconds */
	__u32 skew;		/* seconds */
	bool deferred;		/* it may have waited in a mailbox */
	bool unproven;		/* without the digest, too */
};

/*
 * Is it fresh? Deferred, its time may lie in the past, but within the
 * ticket's. -ESTALE. Who may send and read it is not looked at: receive.h.
 */
int message_check_time(const struct message_received *message,
		       const struct message_reader *reader,
		       struct fault *fault);

/*
 * Verifies and decrypts with @keys of RESOLVE_RESP; *@proven: the body is
 * the initiator's and not only somebody's of the group. Remember
 * message_tag() before @plain is used: message_seen.h. -EBADMSG: not
 * authentic.
 */
int message_open(struct message_octets *plain, bool *proven,
		 const struct message_received *message,
		 const struct message_reader *reader,
		 const struct mikey_keys *keys, struct fault *fault);

/*
 * What tells a message from all others: the tag of TRANSFER_INIT or, where a
 * ticket is good for one (without J, RFC 6043 5.3), that of the ticket.
 */
struct sg_slice message_tag(const struct message_received *message);

/*
 * Up to when the tag has to be remembered: the end of the ticket, or where
 * that has none, of immediate delivery.
 */
__u64 message_until(const struct message_received *message, __u32 skew);

#endif /* SRTPGATE_UE_MESSAGE_H */
