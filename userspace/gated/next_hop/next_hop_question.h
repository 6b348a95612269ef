/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel is to be asked. Questions wait here and go a few at a
 * time, because each answer needs room in the socket's queue: links first,
 * then neighbours, then routes.
 */
#ifndef SRTPGATE_NEXT_HOP_QUESTION_H
#define SRTPGATE_NEXT_HOP_QUESTION_H

#include <stdbool.h>
#include <linux/netlink.h>
#include <linux/types.h>
#include <sys/queue.h>

struct hop;
struct hop_neighbour;
struct next_hops;

/* Sequence numbers: what was asked, and of a route for which slot. */
enum {
	HOP_ASKED_LINKS = 1U << 28,
	HOP_ASKED_ROUTE = 2U << 28,
	HOP_ASKED_NEIGHBOUR = 3U << 28,
	HOP_ASKED_USE = 4U << 28,
	HOP_ASKED_MASK = 7U << 28,
	HOP_ASKED_SLOT = HOP_ASKED_LINKS - 1,
};

/* LOOK: what the kernel knows of a neighbour. USE: to probe it. */
enum hop_ask { HOP_ASK_NOTHING, HOP_ASK_LOOK, HOP_ASK_USE };

struct hop_questions {
	TAILQ_HEAD(, hop) routes;
	TAILQ_HEAD(, hop_neighbour) neighbours;
	__u32 outstanding;	/* sent, and not answered yet */
	bool links;
};

void hop_questions_init(struct hop_questions *questions);

/* A question that waits already is not asked twice; USE replaces LOOK. */
void hop_ask_links(struct next_hops *t);
void hop_ask_route(struct next_hops *t, struct hop *hop);
void hop_ask_neighbour(struct next_hops *t, struct hop_neighbour *neighbour,
		       enum hop_ask ask);

/* Takes back a question that has not been sent. */
void hop_unask_route(struct next_hops *t, struct hop *hop);
void hop_unask_neighbour(struct next_hops *t, struct hop_neighbour *neighbour);

/*
 * Sends as much as may be under way; what cannot be sent goes with the next
 * call. Does nothing while there is no socket.
 */
void hop_questions_send(struct next_hops *t);

/* A message that answers a question; a dump's last one makes room for more. */
void hop_question_answered(struct next_hops *t, const struct nlmsghdr *answer);

#endif /* SRTPGATE_NEXT_HOP_QUESTION_H */
