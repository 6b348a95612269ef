// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop_question.h"

#include "gated/next_hop/next_hop_table.h"
#include "gated/rtnetlink.h"

enum { WINDOW = 64 };		/* requests under way */

void hop_questions_init(struct hop_questions *questions)
{
	TAILQ_INIT(&questions->routes);
	TAILQ_INIT(&questions->neighbours);
}

void hop_ask_links(struct next_hops *t)
{
	t->questions.links = true;
}

void hop_ask_route(struct next_hops *t, struct hop *hop)
{
	if (hop->queued)
		return;
	hop->queued = true;
	TAILQ_INSERT_TAIL(&t->questions.routes, hop, work);
}

void hop_unask_route(struct next_hops *t, struct hop *hop)
{
	if (hop->queued)
		TAILQ_REMOVE(&t->questions.routes, hop, work);
	hop->queued = false;
}

void hop_ask_neighbour(struct next_hops *t, struct hop_neighbour *neighbour,
		       enum hop_ask ask)
{
	if (neighbour->ask == HOP_ASK_NOTHING)
		TAILQ_INSERT_TAIL(&t->questions.neighbours, neighbour, work);
	if (ask > neighbour->ask)
		neighbour->ask = ask;
}

void hop_unask_neighbour(struct next_hops *t, struct hop_neighbour *neighbour)
{
	if (neighbour->ask != HOP_ASK_NOTHING)
		TAILQ_REMOVE(&t->questions.neighbours, neighbour, work);
	neighbour->ask = HOP_ASK_NOTHING;
}

static int send_links(struct next_hops *t)
{
	int err = rtnetlink_dump_links(t->kernel.sock, HOP_ASKED_LINKS);

	if (!err)
		t->questions.links = false;
	return err;
}

static int send_neighbour(struct next_hops *t, struct hop_neighbour *neighbour)
{
	struct nl_sock *sock = t->kernel.sock;
	int err;

	if (neighbour->ask == HOP_ASK_USE) {
		neighbour->used_at = t->now;
		err = rtnetlink_use_neighbour(sock, neighbour->address,
					      neighbour->ifindex,
					      HOP_ASKED_USE);
	} else {
		err = rtnetlink_get_neighbour(sock, neighbour->address,
					      neighbour->ifindex,
					      HOP_ASKED_NEIGHBOUR);
	}
	if (!err)
		hop_unask_neighbour(t, neighbour);
	return err;
}

static int send_route(struct next_hops *t, struct hop *hop)
{
	int err = rtnetlink_get_route(t->kernel.sock, hop->address,
				      hop->ifindex,
				      HOP_ASKED_ROUTE | hop_number(t, hop));

	if (!err)
		hop_unask_route(t, hop);
	return err;
}

/* The first question of those that wait; -ENOENT: none. */
static int send_first(struct next_hops *t)
{
	struct hop_questions *questions = &t->questions;

	if (questions->links)
		return send_links(t);
	if (!TAILQ_EMPTY(&questions->neighbours))
		return send_neighbour(t, TAILQ_FIRST(&questions->neighbours));
	if (!TAILQ_EMPTY(&questions->routes))
		return send_route(t, TAILQ_FIRST(&questions->routes));
	return -ENOENT;
}

void hop_questions_send(struct next_hops *t)
{
	if (!t->kernel.sock)
		return;
	while (t->questions.outstanding < WINDOW && !send_first(t))
		t->questions.outstanding++;
}

void hop_question_answered(struct next_hops *t, const struct nlmsghdr *answer)
{
	bool last = (answer->nlmsg_seq & HOP_ASKED_MASK) != HOP_ASKED_LINKS ||
		    answer->nlmsg_type == NLMSG_DONE ||
		    answer->nlmsg_type == NLMSG_ERROR;

	if (last && t->questions.outstanding)
		t->questions.outstanding--;
}
