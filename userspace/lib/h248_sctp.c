// SPDX-License-Identifier: GPL-2.0-only
#include "lib/h248_sctp.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/secret.h"

enum { RETRY_US = 10000 };

struct h248_sctp_timing h248_sctp_timing = {
	.rto_initial_ms = 1000,
	.rto_min_ms = 300,
	.rto_max_ms = 5000,
	.init_attempts = 4,
	.retransmissions = 6,
};

struct association {
	struct h248_peer peer;
	__u32 id;		/* 0: not known yet */
	bool ending;		/* nobody wants it any more */
	bool again;		/* but one anew, when this one has ended */

	/* A message that comes in parts: NULL, or H248_MESSAGE_MAX octets. */
	char *text;
	size_t size;
	bool too_long;
};

/* A message that waits; its text follows. */
struct record {
	size_t size;
	char text[];
};

/*
 * -- associations --------------------------------------------------------------
 *
 * Only what the stack tells ends one: not even disconnect() takes it away
 * from whoever is telling the user of it.
 */

static struct association *find(const struct h248_sctp *sctp, __u32 id)
{
	struct h248_peer *peer;

	LIST_FOREACH(peer, &sctp->peers, link)
		if (((struct association *)peer)->id == id)
			return (struct association *)peer;
	return NULL;
}

/* By its number; one that was begun here has none yet. */
static struct association *find_either(const struct h248_sctp *sctp,
				       const struct h248_address *peer,
				       __u32 id)
{
	struct association *a = find(sctp, id);

	if (a)
		return a;
	a = (struct association *)h248_peers_find(&sctp->peers, peer);
	return a && !a->id ? a : NULL;
}

static void drop_parts(struct association *a)
{
	if (a->text)
		sg_secret_zero(a->text, a->size);
	free(a->text);
	a->text = NULL;
	a->size = 0;
	a->too_long = false;
}

static void end(struct association *a)
{
	drop_parts(a);
	h248_peer_end(&a->peer);
}

/* -- up and down ------------------------------------------------------------- */

int h248_sctp_connect(struct h248_transport *transport,
		      const struct h248_address *peer)
{
	struct h248_sctp *sctp = (struct h248_sctp *)transport;
	struct association *a;
	int err;

	a = (struct association *)h248_peers_find(&sctp->peers, peer);
	if (a) {
		a->again = a->ending;
		return 0;
	}
	a = (struct association *)h248_peers_add(&sctp->peers, peer,
						 sizeof(*a), true);
	if (!a)
		return -ENOBUFS;
	err = sctp->stack->begin(sctp, peer);
	if (err)
		end(a);
	return err;
}

/* It stays in the list until the stack says that it has ended. */
void h248_sctp_disconnect(struct h248_transport *transport,
			  const struct h248_address *peer)
{
	struct h248_sctp *sctp = (struct h248_sctp *)transport;
	struct association *a;

	a = (struct association *)h248_peers_find(&sctp->peers, peer);
	if (!a)
		return;
	a->again = false;
	if (a->ending)
		return;
	a->ending = true;
	a->peer.up = false;
	if (a->id)
		sctp->stack->end(sctp, a->id, false);
}

static void go_up(struct h248_sctp *sctp, const struct h248_address *peer,
		  __u32 id)
{
	struct association *a = find_either(sctp, peer, id);

	if (!a)
		a = (struct association *)h248_peers_add(&sctp->peers, peer,
							 sizeof(*a), false);
	if (!a) {
		sctp->stack->end(sctp, id, true);
		return;
	}
	a->id = id;
	if (a->ending) {
		sctp->stack->end(sctp, id, false);
		return;
	}
	a->peer.up = true;
	h248_tell_up(&sctp->transport, &a->peer.address);
}

static void go_down(struct h248_sctp *sctp, const struct h248_address *peer,
		    __u32 id)
{
	struct association *a = find_either(sctp, peer, id);
	struct h248_address address;
	bool told, again;

	if (!a)
		return;
	address = a->peer.address;
	told = !a->ending;
	again = a->again;
	end(a);
	if (again && h248_sctp_connect(&sctp->transport, &address))
		told = true;
	if (told)
		h248_tell_down(&sctp->transport, &address);
}

/* The peer has lost all it knew of us (RFC 9260 5.2.4), so that is told. */
static void restart(struct h248_sctp *sctp, __u32 id)
{
	struct association *a = find(sctp, id);
	struct h248_address peer;

	if (!a || a->ending)
		return;
	peer = a->peer.address;
	drop_parts(a);
	h248_queue_take(&a->peer.queue, h248_queue_length(&a->peer.queue));
	h248_tell_down(&sctp->transport, &peer);
	if (find(sctp, id) == a && a->peer.up)
		h248_tell_up(&sctp->transport, &peer);
}

void h248_sctp_changed(struct h248_sctp *sctp, const struct h248_address *peer,
		       __u32 id, enum h248_sctp_state state)
{
	switch (state) {
	case H248_SCTP_UP:
		go_up(sctp, peer, id);
		break;
	case H248_SCTP_RESTARTED:
		restart(sctp, id);
		break;
	case H248_SCTP_DOWN:
		go_down(sctp, peer, id);
		break;
	}
}

/* -- in ---------------------------------------------------------------------- */

static void tell(struct h248_sctp *sctp, struct association *a, char *text,
		 size_t size)
{
	if (!a->peer.up || !size)
		return;
	sctp->given = true;
	h248_tell_message(&sctp->transport, &a->peer.address, text, size);
}

static void add_part(struct association *a, const char *text, size_t size)
{
	if (!a->text)
		a->text = malloc(H248_MESSAGE_MAX);
	if (!a->text || size > H248_MESSAGE_MAX - a->size)
		a->too_long = true;
	if (a->too_long)
		return;
	memcpy(a->text + a->size, text, size);
	a->size += size;
}

static void read_part(struct h248_sctp *sctp, struct association *a,
		      size_t size, bool whole)
{
	add_part(a, sctp->in, size);
	if (!whole)
		return;
	if (!a->too_long)
		tell(sctp, a, a->text, a->size);
	drop_parts(a);
}

void h248_sctp_read(struct h248_sctp *sctp, __u32 id, size_t size, bool whole)
{
	struct association *a = find(sctp, id);

	if (a && whole && !a->text && !a->too_long)
		tell(sctp, a, sctp->in, size);
	else if (a)
		read_part(sctp, a, size, whole);
	sg_secret_zero(sctp->in, size);
}

void h248_sctp_broken(struct h248_sctp *sctp, __u32 id)
{
	struct association *a = find(sctp, id);

	if (a)
		drop_parts(a);
}

void h248_sctp_pause(struct h248_sctp *sctp)
{
	if (sctp->given)
		h248_tell_idle(&sctp->transport);
	sctp->given = false;
}

/* -- out --------------------------------------------------------------------- */

static size_t record_size(size_t text)
{
	size_t align = __alignof__(struct record);

	return (sizeof(struct record) + text + align - 1) / align * align;
}

int h248_sctp_send(struct h248_transport *transport,
		   const struct h248_address *to, const char *text, size_t size)
{
	struct h248_sctp *sctp = (struct h248_sctp *)transport;
	struct h248_peer *peer = h248_peers_find(&sctp->peers, to);
	struct record *record;

	if (!peer || !peer->up)
		return -ENOTCONN;
	record = h248_queue_add(&peer->queue, record_size(size));
	if (!record)
		return -ENOBUFS;
	record->size = size;
	memcpy(record->text, text, size);
	return 0;
}

/* -EAGAIN: some is left. What else fails, goes the way of the association. */
static int put_all(struct h248_sctp *sctp, struct association *a)
{
	struct h248_queue *queue = &a->peer.queue;

	while (h248_queue_length(queue)) {
		struct record *record = (void *)h248_queue_at(queue);

		if (sctp->stack->put(sctp, a->id, record->text,
				     record->size) == -EAGAIN)
			return -EAGAIN;
		h248_queue_take(queue, record_size(record->size));
	}
	return 0;
}

void h248_sctp_flush(struct h248_transport *transport)
{
	static const struct timeval pause = { .tv_usec = RETRY_US };
	struct h248_sctp *sctp = (struct h248_sctp *)transport;
	struct h248_peer *peer;

	LIST_FOREACH(peer, &sctp->peers, link)
		if (peer->up && put_all(sctp, (struct association *)peer))
			event_add(sctp->retry, &pause);
}

/*
 * Of a socket with many associations EPOLLOUT does not say which of them
 * has room, so time does.
 */
static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	h248_sctp_flush(arg);
}

/* -- the transport ----------------------------------------------------------- */

int h248_sctp_open(struct h248_sctp *sctp, const struct h248_sctp_stack *stack)
{
	LIST_INIT(&sctp->peers);
	sctp->stack = stack;
	sctp->retry = event_new(sctp->transport.base, -1, 0, on_retry, sctp);
	return sctp->retry ? 0 : -ENOMEM;
}

void h248_sctp_close(struct h248_sctp *sctp)
{
	while (!LIST_EMPTY(&sctp->peers))
		end((struct association *)LIST_FIRST(&sctp->peers));
	if (sctp->retry)
		event_free(sctp->retry);
}
