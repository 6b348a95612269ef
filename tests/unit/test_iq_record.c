// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records of contexts and of the association: what was written is read back,
 * and what is damaged is refused or is at least something that can be.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../lib/ktap.h"
#include "../lib/random.h"
#include "gated/iq/iq_record.h"
#include "lib/address.h"

enum { CONTEXTS = 20000, DAMAGED = 60 };

static struct random chance;
static struct config config = {
	.realm_count = 2,
	.realm = { { .name = "access", .number = 17 },
		   { .name = "core", .number = 0xfffe } },
};

/* -- contexts by chance ----------------------------------------------------- */

static __u32 below(__u32 limit)
{
	return random_below(&chance, limit);
}

static bool maybe(void)
{
	return below(2);
}

static __u32 number(void)
{
	return maybe() ? random_next(&chance) : below(3);
}

static void make_text(char *text, size_t size, size_t least)
{
	size_t length = least + below(size - least);

	for (size_t i = 0; i < length; i++)
		text[i] = ' ' + below(95);
	text[length] = '\0';
}

static void make_address(__be32 address[4])
{
	if (maybe())
		sg_address_parse(address, maybe() ? "10.77.1.2" : "0.0.0.0");
	else if (maybe())
		random_bytes(&chance, address, 16);
}

static void make_transport(struct sg_transport *transport)
{
	make_address(transport->address);
	transport->rtp = number();
	transport->rtcp = number();
}

static void make_crypto(struct iq_crypto *crypto)
{
	static const char *const names[] = {
		"AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32",
	};

	if (maybe())
		return;
	crypto->suite = sdes_suite_find(sg_slice_of(names[below(2)]));
	crypto->tag = 1 + below(999999999);
	for (__u32 i = 0; i <= below(SG_OPEN_KEYS); i++) {
		crypto->slot[i] = 1 + below(100000);
		crypto->generation[i] = number();
	}
}

static struct realm *make_realm(void)
{
	return below(4) ? &config.realm[below(2)] : NULL;
}

static void make_control(struct iq_side *side)
{
	static const enum h248_token modes[] = {
		H248_NONE, H248_SEND_RECEIVE, H248_SEND_ONLY,
		H248_RECEIVE_ONLY, H248_INACTIVE, H248_LOOPBACK,
	};

	side->mode = modes[below(6)];
	side->reserve_value = maybe();
	side->reserve_group = maybe();
	side->filter_address = maybe();
	side->filter_ports = maybe();
	side->filter_prefix = maybe() ? below(129) : 0;
	make_address(side->filter);
	side->filter_low = number();
	side->filter_high = number();
	side->explicit_address = maybe();
	side->explicit_port = maybe();
	make_address(side->departure);
	side->departure_port = number();
	side->rtcp = maybe();
	side->police = maybe();
	side->sustained = number();
	side->peak = number();
	side->burst = number();
	side->delay_variation = number();
	side->dscp = maybe() ? SG_DSCP_COPY : below(64);
	side->napt = below(IQ_NAPT_DONE + 1);
}

static struct iq_side *make_side(__u16 stream)
{
	struct iq_side *side = calloc(1, sizeof(*side));

	side->stream = stream;
	side->realm = make_realm();
	if (maybe())
		make_control(side);
	if (maybe())
		make_transport(&side->peer);
	side->has_local = maybe();
	side->secure = maybe();
	side->mux = maybe();
	make_text(side->media, sizeof(side->media), 0);
	make_text(side->protocol, sizeof(side->protocol), 0);
	make_text(side->formats, sizeof(side->formats), 0);
	make_transport(&side->local);
	side->port[0] = number();
	side->port[1] = number();
	side->chosen = maybe();
	make_crypto(&side->send);
	side->has_remote = maybe();
	side->remote_secure = maybe();
	side->refused = maybe();
	make_transport(&side->remote);
	make_crypto(&side->receive);
	side->clock_rate = number();
	side->codec = number();
	return side;
}

static struct iq_termination *make_termination(void)
{
	struct iq_termination *one = calloc(1, sizeof(*one));
	struct iq_side **end = &one->sides;
	int sides = below(8) ? below(3) : below(IQ_STREAMS + 1);
	__u16 stream = 0;

	make_text(one->name, sizeof(one->name), 1);
	one->id = number();
	one->realm = make_realm();
	one->out_of_service = maybe();
	one->silence_told = maybe();
	if (maybe())
		one->events = (struct iq_events){
			maybe(), number(), number(), number(), 1 + below(3),
			maybe(),
		};
	for (int i = 0; i < sides; i++) {
		stream += 1 + below(i ? 4095 : 2);
		*end = make_side(stream);
		end = &(*end)->next;
	}
	return one;
}

static struct iq_context *make_context(void)
{
	struct iq_context *context = calloc(1, sizeof(*context));

	context->id = 1 + random_next(&chance) % 0xfffffffdu;
	context->has_priority = maybe();
	context->priority = below(16);
	context->emergency = maybe();
	context->created = random_next(&chance);
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (below(4))
			context->termination[i] = make_termination();
	return context;
}

/* -- comparing: plain data, behind a pointer or two -------------------------- */

static bool same_side(const struct iq_side *a, const struct iq_side *b)
{
	struct iq_side one = *a, other = *b;

	one.next = NULL;
	other.next = NULL;
	return !memcmp(&one, &other, sizeof(one));
}

static bool same_termination(const struct iq_termination *a,
			     const struct iq_termination *b)
{
	const struct iq_side *x = a->sides, *y = b->sides;

	for (; x && y; x = x->next, y = y->next)
		if (!same_side(x, y))
			return false;
	return !x && !y && !strcmp(a->name, b->name) && a->id == b->id &&
	       a->realm == b->realm &&
	       a->out_of_service == b->out_of_service &&
	       a->silence_told == b->silence_told &&
	       a->events.armed == b->events.armed &&
	       a->events.request == b->events.request &&
	       a->events.heartbeat == b->events.heartbeat &&
	       a->events.inactivity == b->events.inactivity &&
	       a->events.direction == b->events.direction &&
	       a->events.cause == b->events.cause;
}

static bool same(const struct iq_context *a, const struct iq_context *b)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (!a->termination[i] != !b->termination[i] ||
		    (a->termination[i] && !same_termination(a->termination[i],
							    b->termination[i])))
			return false;
	return a->id == b->id && a->has_priority == b->has_priority &&
	       a->priority == b->priority && a->emergency == b->emergency &&
	       a->created == b->created && !b->links;
}

/* -- cases ------------------------------------------------------------------ */

static bool returns(const struct iq_context *context)
{
	static __u8 record[IQ_RECORD_MAX];
	struct iq_context *read;
	int size, again;
	bool good;

	size = iq_record_write(context, record, sizeof(record));
	if (size <= 0 || iq_record_read(&read, &config, record, size))
		return false;
	good = same(context, read);
	again = iq_record_write(context, record, size);
	good &= again == size &&
		iq_record_write(context, record, size - 1) == -ENOSPC;
	iq_context_free(read);
	return good;
}

static void test_return(void)
{
	int good = 0;

	for (int i = 0; i < CONTEXTS; i++) {
		struct iq_context *context = make_context();

		good += returns(context);
		iq_context_free(context);
	}
	ktap(good == CONTEXTS, "%d contexts are read as they were", CONTEXTS);
}

/* The largest there can be. */
static void test_largest(void)
{
	struct iq_context *context = calloc(1, sizeof(*context));

	context->id = 1;
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = make_termination();
		struct iq_side **end = &one->sides;

		one->sides = NULL;
		memset(one->name, 'x', IQ_NAME - 1);
		for (int stream = 1; stream <= IQ_STREAMS; stream++) {
			*end = make_side(stream);
			memset((*end)->formats, '9', IQ_FORMATS - 1);
			end = &(*end)->next;
		}
		context->termination[i] = one;
	}
	ktap(returns(context), "the largest context has room");
	context->termination[1]->realm = &(struct realm){ .number = 5 };
	ktap(!returns(context), "a realm that is not configured");
	iq_context_free(context);
}

/* Reads; what it takes must be able to be written and read again. */
static bool sound(const __u8 *record, size_t size, int *taken)
{
	__u8 *copy = malloc(size + !size);	/* for ASan */
	struct iq_context *context;
	bool good;
	int err;

	memcpy(copy, record, size);
	err = iq_record_read(&context, &config, copy, size);
	free(copy);
	if (err)
		return !context && (err == -EINVAL || err == -ENOENT);
	++*taken;
	good = returns(context);
	iq_context_free(context);
	return good;
}

static void test_damage(void)
{
	static __u8 record[IQ_RECORD_MAX];
	int cut = 0, flipped = 0, unsound = 0, taken = 0;

	for (int i = 0; i < DAMAGED; i++) {
		struct iq_context *context = make_context();
		int size = iq_record_write(context, record, sizeof(record));

		for (int end = 0; end < size; end++)
			unsound += !sound(record, end, &cut);
		for (int at = 0; at < size; at++) {
			__u8 was = record[at];

			record[at] ^= 1 + below(255);
			unsound += !sound(record, at, &cut);
			unsound += !sound(record, size, &flipped);
			record[at] = was;
		}
		record[size] = 0;
		unsound += !sound(record, size + 1, &taken);
		iq_context_free(context);
	}
	ktap(!unsound, "damaged records are refused or sound");
	ktap(!cut && !taken, "none is taken that is cut or goes on");
	ktap(flipped, "a flipped octet can pass: slots, ports, numbers");
}

static void test_values(void)
{
	struct iq_context context = { .id = 1, .created = 5 }, *read;
	__u8 record[64];
	int size = iq_record_write(&context, record, sizeof(record));

	ktap(size == 18 && !iq_record_read(&read, &config, record, size),
	     "a context without terminations");
	iq_context_free(read);
	record[0]++;
	ktap(iq_record_read(&read, &config, record, size) == -EINVAL && !read,
	     "another version");
	record[0] = 1;
	ktap(!iq_record_read(&read, &config, record, size),
	     "but the one before is read");
	iq_context_free(read);
	record[0]++;
	record[6] = 16;
	ktap(iq_record_read(&read, &config, record, size) == -EINVAL,
	     "a priority above 15");
	record[6] = 0;
	memset(record + 1, 0xff, 4);
	ktap(iq_record_read(&read, &config, record, size) == -EINVAL,
	     "the number of all contexts");
}

static void test_state(void)
{
	const struct iq_state state = {
		.next_transaction = 0xffffffff, .last_context = 4711,
		.last_termination = 18, .version = 2,
		.mgc = "[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
		.root = { true, 9001, 6000, true, true },
		.out_of_service = true,
	};
	struct iq_state read;
	__u8 record[128];
	int size = iq_state_write(&state, record, sizeof(record)), bad = 0;

	ktap(size > 0 && !iq_state_read(&read, record, size) &&
	     !strcmp(read.mgc, state.mgc) && read.version == 2 &&
	     read.next_transaction == 0xffffffff &&
	     read.last_context == 4711 && read.last_termination == 18 &&
	     read.root.armed && read.root.request == 9001 &&
	     read.root.idle == 6000 && read.root.overload && read.root.realms &&
	     read.out_of_service,
	     "the association is read as it was");
	for (int end = 0; end < size; end++)
		bad += iq_state_read(&read, record, end) != -EINVAL ||
		       iq_state_write(&state, record, end) != -ENOSPC;
	record[size] = 0;
	bad += iq_state_read(&read, record, size + 1) != -EINVAL;
	ktap(!bad, "and is refused when it is cut or goes on");
	record[0] = 1;
	ktap(!iq_state_read(&read, record, size - 1) &&
	     read.root.realms && !read.out_of_service &&
	     iq_state_read(&read, record, size),
	     "version 1 had no service state");
}

/* What Iq has most of: an e2ae call of one stream. */
static struct iq_context *make_call(void)
{
	struct iq_context *context = calloc(1, sizeof(*context));

	context->id = 4711;
	context->created = time(NULL);
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		struct iq_termination *one = calloc(1, sizeof(*one));
		struct iq_side *side = calloc(1, sizeof(*side));

		strcpy(one->name, i ? "ip/1/core/123456" : "ip/1/access/123457");
		one->realm = side->realm = &config.realm[i];
		one->events = (struct iq_events){ true, 9001, 3600, 0, 0, true };
		one->sides = side;
		side->stream = 1;
		side->mode = H248_SEND_RECEIVE;
		side->has_local = side->has_remote = side->rtcp = true;
		side->secure = side->remote_secure = !i;
		strcpy(side->media, "audio");
		strcpy(side->protocol, i ? "RTP/AVP" : "RTP/SAVP");
		strcpy(side->formats, "97 98");
		sg_address_parse(side->local.address, "10.77.1.1");
		sg_address_parse(side->remote.address, "10.77.1.2");
		side->clock_rate = 8000;
		while (!i && !side->send.suite)
			make_crypto(&side->send);
		while (!i && !side->receive.suite)
			make_crypto(&side->receive);
		context->termination[i] = one;
	}
	return context;
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void test_size(void)
{
	struct iq_context *context = make_call(), *read;
	static __u8 record[IQ_RECORD_MAX];
	double start = now_us(), middle;
	int size = 0;

	for (int i = 0; i < CONTEXTS; i++)
		size = iq_record_write(context, record, sizeof(record));
	middle = now_us();
	for (int i = 0; i < CONTEXTS; i++)
		if (!iq_record_read(&read, &config, record, size))
			iq_context_free(read);
	ktap_note("written in %.2f us, read in %.2f us",
		  (middle - start) / CONTEXTS,
		  (now_us() - middle) / CONTEXTS);
	ktap(size > 0 && size <= 400, "a call's record has %d octets", size);
	iq_context_free(context);
}

int main(void)
{
	__u64 seed = random_setting("SEED", time(NULL));

	ktap_note("SEED=%llu", seed);
	chance.state = seed;
	test_return();
	test_largest();
	test_damage();
	test_values();
	test_state();
	test_size();
	return ktap_finish();
}
