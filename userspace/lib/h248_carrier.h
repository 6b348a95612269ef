/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside the H.248 transport: what UDP, TCP and both kinds of SCTP give it,
 * and what they share.
 */
#ifndef SRTPGATE_H248_CARRIER_H
#define SRTPGATE_H248_CARRIER_H

#include <sys/queue.h>

#include "lib/h248_transport.h"

struct h248_carrier;

/* Each carrier's own structure starts with this one. */
struct h248_transport {
	const struct h248_carrier *carrier;
	struct event_base *base;
	struct h248_address local;
	struct h248_transport_user user;
};

/*
 * What h248_transport.h promises. Addresses are of the local one's protocol
 * and family, sizes 1 to H248_MESSAGE_MAX. .close takes what a failed .open
 * has left, too.
 */
struct h248_carrier {
	const char *name;
	size_t size;		/* octets of its structure, zeroed for .open */
	int (*open)(struct h248_transport *transport);
	void (*close)(struct h248_transport *transport);
	int (*connect)(struct h248_transport *transport,
		       const struct h248_address *peer);
	void (*disconnect)(struct h248_transport *transport,
			   const struct h248_address *peer);
	int (*send)(struct h248_transport *transport,
		    const struct h248_address *to, const char *text,
		    size_t size);
	void (*flush)(struct h248_transport *transport);
};

extern const struct h248_carrier h248_udp, h248_tcp, h248_sctp_kernel,
	h248_usrsctp;

/* Whom to tell, where there is somebody. */
void h248_tell_idle(struct h248_transport *transport);
void h248_tell_up(struct h248_transport *transport,
		  const struct h248_address *peer);
void h248_tell_down(struct h248_transport *transport,
		    const struct h248_address *peer);

/* Hands a message on, and zeroes it. */
void h248_tell_message(struct h248_transport *transport,
		       const struct h248_address *from, char *text,
		       size_t size);

/* A socket that does not block, bound to @local. Negative errno. */
int h248_socket(const struct h248_address *local, int type, int protocol);
socklen_t h248_address_size(const struct h248_address *address);

/* Of where a packet came from: its flow label is no part of the sender. */
void h248_address_drop_flow(struct h248_address *address);

/* -- octets that wait to be sent ------------------------------------------- */

/* One block of memory, of which what has gone is zeroed. */
struct h248_queue {
	char *octets;
	size_t start, end;	/* what waits */
	size_t size;
};

int h248_queue_open(struct h248_queue *queue, size_t size);
void h248_queue_close(struct h248_queue *queue);

/*
 * Makes the queue longer by @size octets, a multiple of the record's
 * alignment; NULL: full. What waits may move.
 */
void *h248_queue_add(struct h248_queue *queue, size_t size);

/* The first @size octets have gone. */
void h248_queue_take(struct h248_queue *queue, size_t size);

static inline char *h248_queue_at(const struct h248_queue *queue)
{
	return queue->octets + queue->start;
}

static inline size_t h248_queue_length(const struct h248_queue *queue)
{
	return queue->end - queue->start;
}

/* -- connections ----------------------------------------------------------- */

enum {
	H248_PEERS_MAX = 64,	/* who came; others are turned away */
	H248_PEERS_OURS = 16,	/* besides, to whom we went: strangers must
				 * not keep us from our controller */
	H248_PEER_QUEUE = 1 << 20, /* octets that may wait for one */
};

/* What each connection starts with. */
struct h248_peer {
	LIST_ENTRY(h248_peer) link;
	struct h248_address address;
	bool up;
	bool ended;		/* no more in a list, see h248_peer_end() */
	unsigned int holders;
	size_t size;
	struct h248_queue queue;
};

LIST_HEAD(h248_peers, h248_peer);

/* NULL: none. */
struct h248_peer *h248_peers_find(const struct h248_peers *peers,
				  const struct h248_address *address);

/*
 * Zeroed, of @size octets, with a queue, in the list; NULL: no room. @ours:
 * we connect to it.
 */
struct h248_peer *h248_peers_add(struct h248_peers *peers,
				 const struct h248_address *address,
				 size_t size, bool ours);

/*
 * Takes it out of its list and zeroes and frees it; when somebody holds
 * it, who calls the user and comes back, that waits until he lets go.
 */
void h248_peer_end(struct h248_peer *peer);
void h248_peer_hold(struct h248_peer *peer);
void h248_peer_release(struct h248_peer *peer);

/* -- the address of ours that a packet came to ----------------------------- */

/* As IP_PKTINFO and IPV6_PKTINFO tell it; of neither family: unknown. */
struct h248_source {
	sa_family_t family;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

enum { H248_SOURCE_CONTROL = CMSG_SPACE(sizeof(struct in6_pktinfo)) };

/* Asks the kernel to tell it. Negative errno. */
int h248_source_enable(int fd, sa_family_t family);

/* From what came with @packet. */
struct h248_source h248_source_of(struct msghdr *packet);

/*
 * Has @packet leave from @source: writes .msg_control, which has room for
 * H248_SOURCE_CONTROL octets; unknown: the kernel chooses.
 */
void h248_source_put(struct msghdr *packet, const struct h248_source *source);

#endif /* SRTPGATE_H248_CARRIER_H */
