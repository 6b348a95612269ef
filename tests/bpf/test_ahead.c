// SPDX-License-Identifier: GPL-2.0-only
/*
 * Key stream and GHASH's tables that are ready: packets that find them come out
 * as those that make their own, whatever else is in the maps; what is not
 * theirs, or is being written, they do not use.
 *
 * COUNT=number of lengths
 */
#include <linux/bpf.h>
#include <pthread.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "../lib/ktap.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "../lib/reference.h"
#include "../lib/rig.h"
#include "gated/ahead_maker.h"
#include "gateway.skel.h"
#include "lib/clock.h"
#include "lib/turn.h"

enum {
	SLOT = 1,
	SSRC = 0xcafebabe,
	PAYLOAD_MAX = 1460,
	PACKET_MAX = 2048,
	STREAM_MAX = SG_KEYSTREAM_CHUNKS * SG_KEYSTREAM_CHUNK,
	TORN_MS = 2000,
	PAUSE = 100,	/* turns of a loop */
};

static struct rig rig;
static struct scene scene;
static struct outcome outcome;
static struct srtp_ahead maker;

static const enum sg_suite suites[] = {
	SG_SUITE_AES_CM_128_HMAC_SHA1_80, SG_SUITE_AES_CM_128_HMAC_SHA1_32,
	SG_SUITE_AES_192_CM_HMAC_SHA1_80, SG_SUITE_AES_192_CM_HMAC_SHA1_32,
	SG_SUITE_AES_256_CM_HMAC_SHA1_80, SG_SUITE_AES_256_CM_HMAC_SHA1_32,
	SG_SUITE_AEAD_AES_128_GCM, SG_SUITE_AEAD_AES_256_GCM,
};

enum { SUITES = sizeof(suites) / sizeof(suites[0]) };

/* -- a stream, and its key stream ------------------------------------------ */

static struct test_key *key_of(bool opens)
{
	return opens ? &scene.open[0] : &scene.seal;
}

static void become_maker(const struct test_key *test_key)
{
	struct sg_key key;

	srtp_ahead_close(&maker);
	if (sg_master_key_derive(&key, &test_key->master))
		ktap_bail_out("key derivation");
	key.generation = test_key->generation;
	if (srtp_ahead_open(&maker, &key, SSRC))
		ktap_bail_out("the key cannot be used");
}

static void begin(enum sg_suite suite, bool opens)
{
	memset(rig.cache.entry, 0, RIG_KEYSTREAM * sizeof(*rig.cache.entry));
	memset(rig.powers, 0, RIG_POWERS * sizeof(*rig.powers));
	scene_init(&scene, SLOT, opens ? suite : PLAIN, opens ? PLAIN : suite);
	rig_install(&rig, &scene);
	become_maker(key_of(opens));
}

static void make(__u64 index, __u32 length)
{
	if (maker.gcm)
		length += SG_KEYSTREAM_MASK;
	if (srtp_ahead_make(&maker, &rig.cache, index, 1, length, 0))
		ktap_bail_out("no key stream");
}

static struct sg_keystream *entry(__u64 index, __u32 chunk)
{
	return &rig.cache.entry[sg_keystream_place(maker.generation, SSRC,
						   index, chunk,
						   rig.cache.mask)];
}

/* A packet's chunks, and those of packets up to an eighth of all ahead of it. */
static void test_places(void)
{
	__u32 mask = rig.cache.mask, most = (mask + 1) / 8;
	int met = 0;

	for (__u32 a = 0; a < SG_KEYSTREAM_CHUNKS; a++)
		for (__u32 b = 0; b < a; b++)
			for (__u32 ahead = 0; ahead < most; ahead++)
				met += sg_keystream_place(7, SSRC, 1, a, mask) ==
				       sg_keystream_place(7, SSRC, 1 + ahead, b,
							  mask);
	ktap(!met, "chunks do not take each other's places");
}

static __u64 hits(void)
{
	struct sg_ahead ahead;

	rig_ahead(&rig, &ahead);
	return ahead.hits;
}

/* -- a packet -------------------------------------------------------------- */

struct packet {
	__u8 bytes[PACKET_MAX] __attribute__((aligned(8)));
	__u32 length;
};

/* Sends one; true: what left is what should. */
static bool converts_rtp(bool opens, __u64 index, const struct rtp *rtp)
{
	struct packet plain, sealed;
	const struct packet *in = opens ? &sealed : &plain;
	const struct packet *want = opens ? &plain : &sealed;
	const __u8 *got;
	__u32 length;

	plain.length = rtp_build(plain.bytes, rtp);
	sealed = plain;
	reference_seal(&key_of(opens)->master, false, index, sealed.bytes,
		       &sealed.length);
	rig_send(&rig, &scene, false, in->bytes, in->length, &outcome);
	return !outcome_forwarded(&outcome, &scene, false, &got, &length) &&
	       length == want->length && !memcmp(got, want->bytes, length);
}

/* Of @payload bytes. */
static bool converts(bool opens, __u64 index, __u32 payload)
{
	struct rtp rtp = { .ssrc = SSRC, .sequence = index, .payload = payload,
			   .fill = index };

	return converts_rtp(opens, index, &rtp);
}

/* The packet with a fresh state: an index may come again. */
static bool converts_anew(bool opens, __u64 index, __u32 payload)
{
	static const struct sg_state fresh;

	rig_set_state(&rig, SLOT, &fresh);
	return converts(opens, index, payload);
}

static const char *verb(bool opens)
{
	return opens ? "open" : "seal";
}

static void test_lengths(enum sg_suite suite, bool opens)
{
	__u64 count = random_setting("COUNT", SUITES * PAYLOAD_MAX);
	__u32 step = SUITES * PAYLOAD_MAX / count;
	int wrong = 0, missed = 0;

	begin(suite, opens);
	for (__u32 payload = 1; payload <= PAYLOAD_MAX; payload += step) {
		__u64 before = hits();

		make(payload, payload);
		wrong += !converts(opens, payload, payload);
		missed += hits() != before + 1;
	}
	ktap(!wrong && !missed, "%s, %s: 1 to %d bytes", verb(opens),
	     sg_suite_name(suite), PAYLOAD_MAX);
	if (wrong || missed)
		ktap_note("%d wrong, %d without", wrong, missed);
}

/* Else all the others could pass with nothing ever found. */
static void test_use(enum sg_suite suite, bool opens)
{
	__u32 chunk = suite == SG_SUITE_AEAD_AES_128_GCM ? SG_KEYSTREAM_GCM : 0;
	bool right;

	begin(suite, opens);
	make(1, 300);
	entry(1, chunk + 1)->stream[2] ^= 1;
	right = converts(opens, 1, 300);
	/* Where the tag is of what the entry made, only opening shows it. */
	ktap(!right && outcome.verdict == XDP_REDIRECT,
	     "%s, %s: what is found is used", verb(opens),
	     sg_suite_name(suite));
}

/* -- what is not the packet's ---------------------------------------------- */

enum field { TURN, LENGTH, KEY, INDEX, CHUNK, GENERATION, OTHER_SSRC, FIELDS };

static const char *const field_name[] = {
	"is being written", "is too short", "is of another key",
	"is of another index", "is another chunk",
	"is of another generation", "is of another SSRC",
};

static void spoil(struct sg_keystream *e, enum field field)
{
	switch (field) {
	case TURN:
		e->turn ^= 1;
		break;
	case LENGTH:
		e->length--;
		break;
	case KEY:
		e->key ^= 1ull << 63;
		break;
	case INDEX:
		e->place ^= 1ull << 63;
		break;
	case CHUNK:
		e->place ^= 1;
		break;
	case GENERATION:
		e->generation ^= 1u << 31;
		break;
	default:
		e->ssrc ^= 1;
	}
}

/* The entry's stream is spoilt as well: used, it would show. */
static void test_field(enum sg_suite suite, bool opens, enum field field)
{
	__u32 first = suite == SG_SUITE_AEAD_AES_128_GCM ? SG_KEYSTREAM_GCM : 0;
	/* Both chunks are full, or the last byte of one could be missing. */
	__u32 payload = 2 * SG_KEYSTREAM_CHUNK;
	bool right = true;
	__u64 before;

	if (first)
		payload -= SG_KEYSTREAM_MASK;
	begin(suite, opens);
	before = hits();
	for (__u32 chunk = 0; chunk < 2; chunk++) {
		struct sg_keystream *e = entry(5, first + chunk);

		make(5, payload);
		spoil(e, field);
		memset(e->stream, 0x55, sizeof(e->stream));
		right &= converts_anew(opens, 5, payload);
	}
	ktap(right && hits() == before, "%s, %s: not one that %s", verb(opens),
	     sg_suite_name(suite), field_name[field]);
}

static void test_longer(bool opens)
{
	__u64 before;

	begin(E80, opens);
	make(1, STREAM_MAX);
	before = hits();
	ktap(converts(opens, 1, STREAM_MAX + 1) && hits() == before,
	     "%s: a longer packet makes its own", verb(opens));
}

/* With the key's generation kept as well: entries name the key itself. */
static void test_rekey(bool opens, bool keeps_generation)
{
	struct test_key *key = key_of(opens);
	__u32 generation;
	__u64 before;
	bool right;

	begin(E80, opens);
	make(1, 160);
	right = converts(opens, 1, 160);
	make(2, 160);
	generation = key->generation;
	test_key_set(key, E80, 12345);
	key->generation = keeps_generation ? generation : 0;
	rig_publish(&rig, &scene);
	before = hits();
	right &= converts(opens, 2, 160) && hits() == before;
	become_maker(key);
	make(3, 160);
	ktap(right && converts(opens, 3, 160) && hits() == before + 1,
	     "%s: a new key%s, and entries of the former", verb(opens),
	     keeps_generation ? " of the same generation" : "");
}

/* -- a writer that never stops --------------------------------------------- */

static bool stop_writing;

/*
 * Sends the packet of index 7 again and again, as often as *@ran says, while
 * @write has @entry. How often what left was wrong.
 */
static int send_torn(void *(*write)(void *), void *entry, bool opens,
		     __u64 *ran)
{
	__u64 until = clock_ms() + TORN_MS;
	pthread_t writer;
	int wrong = 0;

	stop_writing = false;
	if (pthread_create(&writer, NULL, write, entry))
		ktap_bail_out("no thread");
	for (*ran = 0; clock_ms() < until; ++*ran)
		wrong += !converts_anew(opens, 7, 200);
	__atomic_store_n(&stop_writing, true, __ATOMIC_RELAXED);
	pthread_join(writer, NULL);
	return wrong;
}

/*
 * Makes the entry another key's, of another stream, and the packet's again, for
 * long enough that a reader finds it, and often is not done.
 */
static void *write_on(void *arg)
{
	struct sg_keystream *e = arg, word = { .word = e->word };
	bool right = true;

	while (!__atomic_load_n(&stop_writing, __ATOMIC_RELAXED)) {
		__atomic_store_n(&e->turn, ++word.turn, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_RELEASE);
		e->key ^= 1;
		for (int i = 0; i < SG_KEYSTREAM_CHUNK / 8; i++)
			e->stream[i] ^= ~0ull;
		word.turn++;
		__atomic_store_n(&e->word, word.word, __ATOMIC_RELEASE);
		right = !right;
		for (volatile int i = 0; right && i < PAUSE; i++)
			;
	}
	return NULL;
}

static void test_torn(enum sg_suite suite, bool opens)
{
	__u64 before, ran, found;
	int wrong;

	begin(suite, opens);
	before = hits();
	make(7, 200);
	wrong = send_torn(write_on, entry(7, maker.gcm ? SG_KEYSTREAM_GCM : 0),
			  opens, &ran);
	found = hits() - before;
	ktap(!wrong && found && found < ran,
	     "%s, %s: a writer that never stops", verb(opens),
	     sg_suite_name(suite));
	ktap_note("%llu packets, %llu found key stream, %d wrong", ran, found,
		  wrong);
}

/* -- tables for GHASH ------------------------------------------------------ */

static struct sg_powers *tables(bool opens)
{
	__u32 slot = opens ? scene.stream.open_key[0] : scene.stream.seal_key;

	return &rig.powers[slot % RIG_POWERS];
}

/* H itself is in what all packets use. */
static void spoil_tables(bool opens)
{
	memset(tables(opens)->multiple, 0x55, sizeof(tables(opens)->multiple));
}

/* Headers of one block to six, whole ones and not; index 1 to 2^16 - 1. */
static struct rtp packet_of(__u32 payload)
{
	return (struct rtp){
		.ssrc = SSRC,
		.sequence = payload + 1,
		.csrcs = payload % 16,
		.extension = payload % 3,
		.extension_words = payload / 16 % 4,
		.payload = payload,
		.fill = payload,
	};
}

/* With the tables, then with wrong ones: where it matters they were used. */
static void test_tables(enum sg_suite suite, bool opens)
{
	__u64 count = random_setting("COUNT", SUITES * PAYLOAD_MAX);
	__u32 step = SUITES * PAYLOAD_MAX / count;
	const struct sg_state fresh = { 0 };
	int wrong = 0, unused = 0;

	begin(suite, opens);
	for (__u32 payload = 0; payload <= PAYLOAD_MAX; payload += step) {
		struct rtp rtp = packet_of(payload);
		bool used, use;
		__u8 bytes[PACKET_MAX];

		rig_set_state(&rig, SLOT, &fresh);
		srtp_powers_make(tables(opens), &maker);
		wrong += !converts_rtp(opens, payload + 1, &rtp);
		rig_set_state(&rig, SLOT, &fresh);
		spoil_tables(opens);
		used = !converts_rtp(opens, payload + 1, &rtp);
		use = rtp_build(bytes, &rtp) <= SG_POWERS_LENGTH;
		unused += used != use;
	}
	ktap(!wrong && !unused, "%s, %s: tables for 0 to %d bytes", verb(opens),
	     sg_suite_name(suite), PAYLOAD_MAX);
	if (wrong || unused)
		ktap_note("%d wrong, %d did not use them", wrong, unused);
}

static void test_tables_field(bool opens, enum field field)
{
	struct sg_powers *entry;

	begin(SG_SUITE_AEAD_AES_128_GCM, opens);
	entry = tables(opens);
	srtp_powers_make(entry, &maker);
	spoil_tables(opens);
	if (field == TURN)
		entry->turn ^= 1;
	else if (field == KEY)
		entry->key ^= 1ull << 63;
	else
		entry->generation ^= 1u << 31;
	ktap(converts(opens, 5, 160), "%s: no tables of which one %s",
	     verb(opens), field_name[field]);
}

/* Wrong tables that seem to be the key's while they are written. */
static void *write_tables(void *arg)
{
	struct sg_powers *entry = arg;

	while (!__atomic_load_n(&stop_writing, __ATOMIC_RELAXED)) {
		turn_begin(&entry->turn);
		for (int i = 0; i < PAUSE; i++)
			entry->multiple[SG_POWERS - 1][i % 16][0] ^= ~0ull;
		__atomic_thread_fence(__ATOMIC_RELEASE);
		srtp_powers_make(entry, &maker);
		for (volatile int i = 0; i < 100 * PAUSE; i++)
			;
	}
	return NULL;
}

static void test_tables_torn(bool opens)
{
	__u64 ran;
	int wrong;

	begin(SG_SUITE_AEAD_AES_128_GCM, opens);
	srtp_powers_make(tables(opens), &maker);
	wrong = send_torn(write_tables, tables(opens), opens, &ran);
	ktap(!wrong && ran, "%s: tables that are written all the time",
	     verb(opens));
	ktap_note("%llu packets, %d wrong", ran, wrong);
}

/* -- asking ---------------------------------------------------------------- */

static struct sg_ask asked[4];
static int ask_count;

static int on_ask(void *arg, void *record, size_t size)
{
	(void)arg;
	if (size != sizeof(asked[0]))
		ktap_bail_out("a record of %zu bytes", size);
	asked[ask_count++ % 4] = *(struct sg_ask *)record;
	return 0;
}

static int asks(void)
{
	static struct ring_buffer *ring;

	if (!ring)
		ring = ring_buffer__new(
			bpf_map__fd(rig.skeleton->maps.asks), on_ask, NULL,
			NULL);
	ask_count = 0;
	if (!ring || ring_buffer__consume(ring) < 0)
		ktap_bail_out("the ring buffer cannot be read");
	return ask_count;
}

static bool asked_for(bool opens, __u64 index, __u32 length)
{
	return asked[0].index == index && asked[0].length == length &&
	       asked[0].ssrc == SSRC &&
	       asked[0].slot == (opens ? scene.stream.open_key[0] :
					 scene.stream.seal_key) &&
	       asked[0].generation == key_of(opens)->generation;
}

static void test_asking(enum sg_suite suite, bool opens)
{
	__u32 mask = suite == SG_SUITE_AEAD_AES_128_GCM ? SG_KEYSTREAM_MASK : 0;

	rig.skeleton->bss->keystream_heard = 1;
	begin(suite, opens);
	converts(opens, SG_KEYSTREAM_STEP + 1, 160);
	ktap(!asks(), "%s, %s: most that find nothing do not ask", verb(opens),
	     sg_suite_name(suite));
	converts(opens, 2 * SG_KEYSTREAM_STEP, 160);
	ktap(asks() == 1 &&
		     asked_for(opens, 2 * SG_KEYSTREAM_STEP, 160 + mask),
	     "%s, %s: every %dth does", verb(opens), sg_suite_name(suite),
	     SG_KEYSTREAM_STEP);

	make(17, 160);
	converts(opens, 17, 160);
	ktap(!asks(), "%s, %s: who finds some does not", verb(opens),
	     sg_suite_name(suite));
	make(18, 160);
	entry(18, mask ? SG_KEYSTREAM_GCM : 0)->ask = 1;
	converts(opens, 18, 160);
	ktap(asks() == 1 && asked_for(opens, 18, 160 + mask),
	     "%s, %s: but where the entry says so", verb(opens),
	     sg_suite_name(suite));

	/* The same index again. */
	converts(opens, 2 * SG_KEYSTREAM_STEP, 160);
	ktap(!asks(), "%s, %s: a packet that is dropped does not ask",
	     verb(opens), sg_suite_name(suite));
	rig.skeleton->bss->keystream_heard = 0;
	converts(opens, 3 * SG_KEYSTREAM_STEP, 160);
	ktap(!asks(), "%s, %s: nobody asks when nobody hears", verb(opens),
	     sg_suite_name(suite));
}

static void test_forged(enum sg_suite suite)
{
	struct rtp rtp = { .ssrc = SSRC, .sequence = 8, .payload = 160 };
	struct packet packet;

	rig.skeleton->bss->keystream_heard = 1;
	begin(suite, true);
	packet.length = rtp_build(packet.bytes, &rtp);
	reference_seal(&scene.open[0].master, false, 8, packet.bytes,
		       &packet.length);
	packet.bytes[packet.length - 1] ^= 1;
	rig_send(&rig, &scene, false, packet.bytes, packet.length, &outcome);
	ktap(outcome.reason == SG_DROP_AUTH_FAILED && !asks(),
	     "%s: a forged packet does not ask", sg_suite_name(suite));
	rig.skeleton->bss->keystream_heard = 0;
}

/* -- who makes them -------------------------------------------------------- */

/* Whether @entry is of the key that @scene seals with. */
static bool is_of(const struct sg_powers *entry, const struct scene *scene)
{
	return entry->generation == scene->seal.generation;
}

static bool is_empty(const struct sg_powers *entry)
{
	static const struct sg_powers zero;
	struct sg_powers copy = *entry;

	copy.turn = 0;
	return !(entry->turn & 1) && !memcmp(&copy, &zero, sizeof(zero));
}

/* Has the maker of @setup asked, by a packet of the other @scene. */
static void ask_for(struct ahead_setup *setup, const struct scene *scene)
{
	struct rtp rtp = { .ssrc = SSRC, .sequence = SG_KEYSTREAM_STEP };
	const struct sg_state fresh = { 0 };
	struct packet packet;

	packet.length = rtp_build(packet.bytes, &rtp);
	rig_set_state(&rig, scene->slot, &fresh);
	rig_send(&rig, scene, false, packet.bytes, packet.length, &outcome);
	ahead_maker_work(setup->maker, clock_ns());
}

/* Two keys, which have one place in the map. */
static void test_maker(void)
{
	const enum sg_suite gcm = SG_SUITE_AEAD_AES_128_GCM;
	const struct sg_key none = { 0 };
	struct ahead_setup setup;
	struct ahead_maker *ahead;
	struct sg_powers *entry;
	struct scene other;

	if (ahead_set_up(&setup, rig.skeleton))
		ktap_bail_out("key stream cannot be made ahead");
	ahead = ahead_maker_new(&setup);
	begin(gcm, false);
	entry = tables(false);
	scene_init(&other, SLOT + RIG_POWERS / 4, PLAIN, gcm);
	rig_install(&rig, &other);
	ask_for(&setup, &scene);
	ask_for(&setup, &other);
	ktap(is_of(entry, &scene) && converts(false, SG_KEYSTREAM_STEP + 1, 160),
	     "who asks gets tables, once and for all");
	rig_write_key(&rig, scene.stream.seal_key, &none);
	ahead_maker_sweep(ahead, clock_ns());
	ktap(is_empty(entry), "no key, no tables");
	ask_for(&setup, &other);
	ktap(is_of(entry, &other), "then another key has the place");
	ahead_end(&setup);
	ktap(is_empty(entry), "no maker, no tables");
	ahead_maker_free(ahead);
	ahead_tear_down(&setup);
}

int main(void)
{
	const enum sg_suite gcm = SG_SUITE_AEAD_AES_128_GCM;

	rig_open(&rig);
	test_places();
	for (int opens = 0; opens < 2; opens++) {
		for (int i = 0; i < SUITES; i++)
			test_lengths(suites[i], opens);
		for (int field = 0; field < FIELDS; field++) {
			test_field(E80, opens, field);
			test_field(gcm, opens, field);
		}
		test_longer(opens);
		test_rekey(opens, false);
		test_rekey(opens, true);
		test_torn(E80, opens);
		test_asking(E80, opens);
		test_asking(gcm, opens);
		test_tables(gcm, opens);
		test_tables(SG_SUITE_AEAD_AES_256_GCM, opens);
		test_tables_field(opens, TURN);
		test_tables_field(opens, KEY);
		test_tables_field(opens, GENERATION);
		test_tables_torn(opens);
	}
	test_use(E80, true);
	test_use(E80, false);
	test_use(gcm, true);
	test_use(gcm, false);
	test_torn(gcm, true);
	test_forged(E80);
	test_forged(gcm);
	test_maker();
	srtp_ahead_close(&maker);
	rig_close(&rig);
	return ktap_finish();
}
