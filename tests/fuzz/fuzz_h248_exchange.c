// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions: octets are messages of three peers, of whom one may not ask,
 * and what happens between them. Each message ends with NUL; what stands
 * first says whose it is, or what it is instead:
 *
 *   1 2 3	a message of that peer
 *   t		a second passes, or as many as there are octets behind
 *   q Q	our own request to peer 1, 2
 *   a		peer 1 is abandoned
 *   l		the late reply to all that wait for one
 *
 * A request is carried out once in LONG-TIMER; what came is zeroed; each of
 * our requests is answered once.
 */
#include <errno.h>

#include "exchange.h"

enum { SEEN_MAX = 512, LATE_MAX = 16 };

static unsigned seen_count, late_count, asked, done;

/* What was carried out; what waits for its late reply. */
static struct {
	const struct h248_address *peer;
	__u32 id;
	__u64 when;
} seen[SEEN_MAX], late[LATE_MAX];

static const struct h248_address *which(const struct h248_address *from)
{
	for (int i = 0; i < PEERS; i++)
		if (!h248_address_compare(from, &peers[i]))
			return &peers[i];
	abort();
}

static int on_send(void *arg, const struct h248_address *to, const char *text,
		   size_t size)
{
	(void)arg;
	which(to);
	require(size > 4 && text[0] == '!');
	return size % 7 ? 0 : -ENOBUFS;
}

static bool on_heard(void *arg, const struct h248_address *from)
{
	(void)arg;
	return which(from) != &peers[2];
}

static void see(const struct h248_address *peer, __u32 id)
{
	for (unsigned i = 0; i < seen_count; i++)
		require(seen[i].peer != peer || seen[i].id != id ||
			clock_now - seen[i].when >= 30000);
	if (seen_count == SEEN_MAX)
		return;
	seen[seen_count].peer = peer;
	seen[seen_count].id = id;
	seen[seen_count++].when = clock_now;
}

/* A reply of all that is there; another thing for ids that end so. */
static int on_request(void *arg, const struct h248_address *from,
		      const struct h248_message *message,
		      const struct h248_transaction *request,
		      struct h248_message *answer,
		      struct h248_transaction *reply)
{
	(void)arg;
	(void)message;
	(void)answer;
	see(which(from), request->id);
	if (request->id % 8 == 7)
		return -EIO;
	if (request->id % 8 == 6 && late_count < LATE_MAX) {
		late[late_count].peer = which(from);
		late[late_count++].id = request->id;
		return -EINPROGRESS;
	}
	reply->actions = request->actions;
	return 0;
}

static const struct h248_exchange_user user = {
	.send = on_send, .heard = on_heard, .request = on_request,
};

static void on_done(void *arg, const struct h248_answer *answer)
{
	require(!answer->message == (!answer->reply && !answer->error));
	++*(unsigned *)arg;
}

static void ask(const struct h248_address *to)
{
	struct h248_command c = {
		.verb = H248_NOTIFY, .termination.name = SG_SLICE("t"),
	};
	struct h248_action a = { .context = 1, .commands = &c };

	asked += !h248_exchange_request(x, to, 2, &a, on_done, &done);
}

static void reply_late(void)
{
	struct h248_command c = {
		.verb = H248_NOTIFY, .termination.name = SG_SLICE("t"),
	};
	struct h248_action a = { .context = 1, .commands = &c };
	struct h248_transaction reply = { .actions = &a };
	struct h248_message answer = { .version = 2 };

	while (late_count--)
		require(!h248_exchange_reply(x, late[late_count].peer,
					     late[late_count].id, &answer,
					     &reply));
	late_count = 0;
}

static void receive(int peer, const unsigned char *data, size_t size)
{
	char *text = malloc(size + !size);

	memcpy(text, data, size);
	receive_text(peer, text, size);
	free(text);
}

static void step(const unsigned char *data, size_t size)
{
	switch (size ? data[0] : 0) {
	case '1':
	case '2':
	case '3':
		receive(data[0] - '1', data + 1, size - 1);
		break;
	case 't':
		pass(size * 1000);
		break;
	case 'q':
		ask(&peers[0]);
		break;
	case 'Q':
		ask(&peers[1]);
		break;
	case 'a':
		asked -= h248_party_find(x, &peers[0]) ?
			 h248_party_find(x, &peers[0])->request_count : 0;
		h248_exchange_abandon(x, &peers[0]);
		break;
	case 'l':
		reply_late();
		break;
	}
}

static void set_up(void)
{
	struct h248_exchange_options options = exchange_options();

	options.acks = true;
	renew_exchange(&options, &user);
	seen_count = late_count = asked = done = 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	set_up();
	each_step(data, size, step);
	reply_late();
	let_all_expire();
	require(done == asked);
	return 0;
}
