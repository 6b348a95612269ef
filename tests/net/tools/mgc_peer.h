/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A controller's end of Iq over UDP: sends what it is told to, and answers
 * the gateway's own requests. It knows no timers and no retransmissions, so
 * that tests can do to transactions what networks do.
 */
#ifndef TOOLS_MGC_PEER_H
#define TOOLS_MGC_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/h248.h"
#include "lib/h248_transport.h"

enum { MGC_TEXT = H248_MESSAGE_MAX + 1 };

struct mgc_peer {
	int fd;
	struct h248_address gateway;
	char name[H248_ADDRESS_TEXT + 2]; /* our mId */
	bool mute;		/* the gateway gets no answer */
	uint32_t next_id;	/* TransactionID */
	unsigned int registrations;
	char text[MGC_TEXT];	/* the message received last */
	size_t size;
	struct h248_message message;
};

/* "address:port" each; exits with a sentence on failure. */
void mgc_open(struct mgc_peer *peer, const char *local, const char *gateway);

void mgc_send(struct mgc_peer *peer, const char *text, size_t size);

/*
 * Waits at most @wait ms for a message, leaves it in .text and .message and
 * answers the requests in it; prints these. False: none came, or one that is
 * no message, which is printed, too.
 */
bool mgc_receive(struct mgc_peer *peer, int wait);

/* The reply (or Pending) to @id in the last message, or NULL. */
const struct h248_transaction *mgc_reply(const struct mgc_peer *peer,
					 uint32_t id);

/* Prints @what and a message in one line. */
void mgc_say(const char *what, const char *text, size_t size);

#endif /* TOOLS_MGC_PEER_H */
