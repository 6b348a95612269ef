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
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "lib/h248_exchange_private.h"

enum { PEERS = 3, SEEN_MAX = 512, LATE_MAX = 16 };

#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

static __u64 clock_now;
static struct h248_exchange *x;
static struct h248_address peers[PEERS];
static unsigned seen_count, late_count, asked, done;

/* What was carried out; what waits for its late reply. */
static struct {
	const struct h248_address *peer;
	__u32 id;
	__u64 when;
} seen[SEEN_MAX], late[LATE_MAX];

static __u64 fuzz_clock(void)
{
	return clock_now;
}

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

static void pass(__u64 ms)
{
	__u64 end = clock_now + ms, due;

	while ((due = h248_exchange_due(x)) <= end) {
		clock_now = due > clock_now ? due : clock_now;
		h248_exchange_tick(x);
	}
	clock_now = end;
}

static void receive(int peer, const unsigned char *data, size_t size)
{
	char *text = malloc(size + !size);

	memcpy(text, data, size);
	h248_exchange_receive(x, &peers[peer], text, size);
	for (size_t i = 0; i < size; i++)
		require(!text[i]);
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

/* One for all runs: its buffers are big. */
static void open_exchange(void)
{
	struct event_base *base = event_base_new();
	struct h248_exchange_options options;

	h248_exchange_defaults(&options);
	options.mid.kind = H248_MID_DEVICE;
	options.mid.name = SG_SLICE("g");
	options.form = H248_COMPACT;
	options.acks = true;
	for (int i = 0; i < PEERS; i++) {
		peers[i].v4.sin_family = AF_INET;
		peers[i].v4.sin_port = htons(2944 + i);
	}
	require(base && !h248_exchange_open(&x, base, &options, &user));
	x->clock = fuzz_clock;
}

/* Nothing of a former run may change what this one does. */
static void set_up(void)
{
	if (!x)
		open_exchange();
	h248_parties_close(x);
	clock_now = 1000;
	seen_count = late_count = asked = done = 0;
	x->next_id = x->random = 1;
	x->strangers = x->faults = (struct h248_limit){ 0 };
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const unsigned char *end = data + size, *stop;

	set_up();
	while (data < end) {
		stop = memchr(data, 0, end - data);
		stop = stop ? stop : end;
		step(data, stop - data);
		data = stop + 1;
	}
	reply_late();
	/* Pendings may put off the end so long. */
	pass(1000000);
	require(done == asked && !x->heap_count && !x->retained &&
		!x->retained_size);
	return 0;
}
