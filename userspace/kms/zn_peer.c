// SPDX-License-Identifier: GPL-2.0-only
#include "kms/zn_peer.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>

#include "kms/zn_wire.h"
#include "lib/log.h"

enum state {
	WAITING,		/* to try again */
	CONNECTING,
	GREETING,		/* our CER is sent */
	OPEN,
	WATCHED,		/* open, and a DWR not answered yet */
	LEAVING,		/* it said farewell */
};

struct zn_peer {
	const struct zn_self *self;
	const struct zn_peer_setting *setting;
	const struct zn_timing *timing;
	SSL_CTX *tls;
	struct zn_peer_owner owner;
	struct event_base *base;
	struct event *timer;	/* one at a time, as the state says */
	struct zn_wire *wire;
	enum state state;
	__u32 retry_ms;
	__u32 id;		/* of what we ask ourselves */
	bool told;		/* that it cannot be reached */
};

static void set_timer(struct zn_peer *peer, __u32 ms)
{
	struct timeval time = { ms / 1000, ms % 1000 * 1000 };

	event_add(peer->timer, &time);
}

bool zn_peer_is_open(const struct zn_peer *peer)
{
	return peer->state == OPEN || peer->state == WATCHED;
}

int zn_peer_send(struct zn_peer *peer, const void *message, size_t size)
{
	if (!zn_peer_is_open(peer))
		return -ENOTCONN;
	return zn_wire_send(peer->wire, message, size);
}

/* -- loss ------------------------------------------------------------------ */

static void tell(struct zn_peer *peer, bool was_open, const char *why)
{
	if (was_open || !peer->told)
		sg_warning("the BSF %s is %s: %s; it is tried again",
			   peer->setting->name,
			   was_open ? "lost" : "not reached", why);
	peer->told = true;
}

static void lose(void *arg, const char *why)
{
	struct zn_peer *peer = arg;
	bool was_open = zn_peer_is_open(peer);

	if (peer->state == LEAVING)
		why = "it said farewell";
	tell(peer, was_open || peer->state == LEAVING, why);
	zn_wire_close(peer->wire);
	peer->wire = NULL;
	peer->state = WAITING;
	set_timer(peer, peer->retry_ms);
	peer->retry_ms *= 2;
	if (peer->retry_ms > peer->timing->retry_max_ms)
		peer->retry_ms = peer->timing->retry_max_ms;
	if (was_open)
		peer->owner.lost(peer->owner.arg, peer);
}

/* -- what we say ----------------------------------------------------------- */

static int send_request(struct zn_peer *peer, __u32 command)
{
	__u8 buffer[ZN_REQUEST_MAX];
	int size = zn_print_request(buffer, sizeof(buffer), peer->self,
				    command, ++peer->id);

	return size < 0 ? size : zn_wire_send(peer->wire, buffer, size);
}

static int send_answer(struct zn_peer *peer,
		       const struct diameter_header *header, __u32 result)
{
	__u8 buffer[ZN_REQUEST_MAX];
	int size = zn_print_answer(buffer, sizeof(buffer), peer->self, header,
				   result);

	return size < 0 ? size : zn_wire_send(peer->wire, buffer, size);
}

static void greet(void *arg)
{
	struct zn_peer *peer = arg;
	struct sockaddr_storage own = { .ss_family = AF_INET };
	__u8 buffer[ZN_REQUEST_MAX];
	int size;

	zn_wire_address(peer->wire, &own);
	size = zn_print_ce(buffer, sizeof(buffer), peer->self,
			   (struct sockaddr *)&own, ++peer->id);
	if (size > 0)
		zn_wire_send(peer->wire, buffer, size);
	peer->state = GREETING;
}

/* -- what it says ---------------------------------------------------------- */

static const char *refusal(int err)
{
	switch (err) {
	case -EACCES:
		return "it does not take this server as a peer; configure "
		       "the server's name there";
	case -EINVAL:
		return "it calls itself otherwise; configure its name";
	case -ENOTSUP:
		return "it does not serve Zn";
	default:
		return "its answer to our capabilities is none";
	}
}

static int greeted(struct zn_peer *peer, struct sg_cursor avps)
{
	int err = zn_parse_ce(avps, peer->setting->host);

	if (err) {
		tell(peer, false, refusal(err));
		return err;
	}
	sg_notice("the BSF %s is reached", peer->setting->name);
	peer->told = false;
	peer->state = OPEN;
	peer->retry_ms = peer->timing->retry_ms;
	return 0;
}

static int requested(struct zn_peer *peer, const struct diameter_header *header)
{
	if (header->command == DIAMETER_DW)
		return send_answer(peer, header, DIAMETER_SUCCESS);
	if (header->command != DIAMETER_DP)
		return send_answer(peer, header, DIAMETER_UNSUPPORTED);
	send_answer(peer, header, DIAMETER_SUCCESS);
	/* It closes (RFC 6733 5.4); what it was asked, another is asked. */
	peer->state = LEAVING;
	peer->owner.lost(peer->owner.arg, peer);
	set_timer(peer, peer->timing->connect_ms);
	return 0;
}

static int take_message(void *arg, struct sg_slice message)
{
	struct zn_peer *peer = arg;
	struct diameter_header header;
	struct sg_cursor avps;

	if (diameter_parse(&header, &avps, message))
		return -EPROTO;
	if (peer->state == GREETING) {
		if (header.command != DIAMETER_CE ||
		    header.flags & DIAMETER_REQUEST)
			return -EPROTO;
		set_timer(peer, peer->timing->watchdog_ms);
		return greeted(peer, avps);
	}
	if (peer->state == LEAVING)
		return 0;
	peer->state = OPEN;
	set_timer(peer, peer->timing->watchdog_ms);
	if (header.flags & DIAMETER_REQUEST)
		return requested(peer, &header);
	if (header.command == ZN_BI)
		peer->owner.answer(peer->owner.arg, &header, avps);
	return 0;
}

/* -- time ------------------------------------------------------------------ */

static void connect_again(struct zn_peer *peer)
{
	const struct zn_wire_owner owner = { greet, take_message, lose, peer };
	const struct zn_peer_setting *setting = peer->setting;
	int err;

	err = zn_wire_open(&peer->wire, peer->base,
			   (const struct sockaddr *)&setting->address,
			   setting->size, setting->tls ? peer->tls : NULL,
			   setting->host, &owner);
	if (err) {
		lose(peer, strerror(-err));
		return;
	}
	peer->state = CONNECTING;
	set_timer(peer, peer->timing->connect_ms);
}

static void time_passed(evutil_socket_t fd, short what, void *arg)
{
	struct zn_peer *peer = arg;

	(void)fd;
	(void)what;
	switch (peer->state) {
	case WAITING:
		connect_again(peer);
		break;
	case OPEN:
		peer->state = WATCHED;
		set_timer(peer, peer->timing->watchdog_ms);
		if (!send_request(peer, DIAMETER_DW))
			break;
		/* fall through */
	default:
		lose(peer, "it does not answer");
	}
}

struct zn_peer *zn_peer_new(struct event_base *base,
			    const struct zn_self *self,
			    const struct zn_peer_setting *setting, SSL_CTX *tls,
			    const struct zn_timing *timing,
			    const struct zn_peer_owner *owner)
{
	struct zn_peer *peer = calloc(1, sizeof(*peer));

	if (!peer)
		return NULL;
	peer->self = self;
	peer->setting = setting;
	peer->timing = timing;
	peer->tls = tls;
	peer->owner = *owner;
	peer->base = base;
	peer->retry_ms = timing->retry_ms;
	peer->id = self->state;
	peer->timer = evtimer_new(base, time_passed, peer);
	if (!peer->timer) {
		free(peer);
		return NULL;
	}
	set_timer(peer, 0);
	return peer;
}

void zn_peer_free(struct zn_peer *peer)
{
	if (!peer)
		return;
	if (zn_peer_is_open(peer))
		send_request(peer, DIAMETER_DP);
	zn_wire_close(peer->wire);
	event_free(peer->timer);
	free(peer);
}
