// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "lib/h248_carrier.h"
#include "lib/secret.h"

struct h248_peer *h248_peers_find(const struct h248_peers *peers,
				  const struct h248_address *address)
{
	struct h248_peer *peer;

	LIST_FOREACH(peer, peers, link)
		if (!h248_address_compare(&peer->address, address))
			return peer;
	return NULL;
}

static bool is_full(const struct h248_peers *peers, bool ours)
{
	const struct h248_peer *peer;
	int count = 0;

	LIST_FOREACH(peer, peers, link)
		count++;
	return count >= H248_PEERS_MAX + (ours ? H248_PEERS_OURS : 0);
}

struct h248_peer *h248_peers_add(struct h248_peers *peers,
				 const struct h248_address *address,
				 size_t size, bool ours)
{
	struct h248_peer *peer = is_full(peers, ours) ? NULL : calloc(1, size);

	if (!peer)
		return NULL;
	peer->address = *address;
	peer->size = size;
	peer->holders = 1;
	if (h248_queue_open(&peer->queue, H248_PEER_QUEUE)) {
		free(peer);
		return NULL;
	}
	LIST_INSERT_HEAD(peers, peer, link);
	return peer;
}

void h248_peer_end(struct h248_peer *peer)
{
	LIST_REMOVE(peer, link);
	peer->ended = true;
	peer->up = false;
	h248_peer_release(peer);
}

void h248_peer_hold(struct h248_peer *peer)
{
	peer->holders++;
}

void h248_peer_release(struct h248_peer *peer)
{
	if (--peer->holders)
		return;
	h248_queue_close(&peer->queue);
	sg_secret_zero(peer, peer->size);
	free(peer);
}
