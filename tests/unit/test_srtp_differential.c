// SPDX-License-Identifier: GPL-2.0-only
/*
 * SRTP in userspace beside libsrtp2: calls of random packets under random
 * keys, MKIs and sets of encrypted header extensions, over rollovers of the
 * sequence number. Both must seal to the same bytes, and ours open them.
 * Without AES-192, whose session keys libsrtp2 derives with AES-256, against
 * RFC 6188 3.
 *
 * SEED=n repeats a run; COUNT=n packets in all.
 */
#include <string.h>

#include "../lib/ktap.h"
#include "../lib/oracle.h"
#include "../lib/packet.h"
#include "../lib/random.h"
#include "lib/secret.h"
#include "lib/srtp.h"

enum {
	DEFAULT_COUNT = 20000,
	CALL = 100,		/* packets */
	WINDOW = 1 << 14,
	ROOM = 2048,
};

static struct random dice;

static __u32 below(__u32 limit)
{
	return random_below(&dice, limit);
}

/* Half of them with an MKI, half with encrypted elements. */
static void random_key(struct sg_master_key *key, enum sg_suite suite)
{
	__u8 bytes[SG_INLINE_MAX];

	memset(key, 0, sizeof(*key));
	key->suite = suite;
	random_bytes(&dice, bytes, sizeof(bytes));
	sg_master_key_set(key, bytes);
	if (below(2)) {
		key->mki_length = 1 + below(SG_MKI_LONGEST);
		random_bytes(&dice, key->mki, key->mki_length);
	}
	for (int id = 1; id < 256 && below(64); id++)
		if (!below(3))
			key->extension[id / 8] |= 1 << id % 8;
	key->plain_rtcp = !below(4);
}

/*
 * Elements up to @end, in either form, with padding behind the last. Not
 * elsewhere: RFC 6904's key stream goes on over it, libsrtp2's does not.
 */
static void fill_elements(__u8 *at, __u8 *end, bool two_bytes)
{
	while (at < end) {
		__u32 left = end - at, id, size;

		if (two_bytes) {
			size = left > 2 ? below(left - 1) % 40 : 0;
			id = 1 + below(255);
			if (left < 2)
				break;
			*at++ = id;
			*at++ = size;
		} else {
			if (left < 2)
				break;
			size = 1 + below(left - 1) % 16;
			id = 1 + below(14);
			*at++ = id << 4 | (size - 1);
		}
		random_bytes(&dice, at, size);
		at += size;
		if (!below(10))
			break;
	}
	memset(at, 0, end - at);
}

static __u32 random_rtp(__u8 *packet, __u16 sequence)
{
	struct rtp rtp = {
		.ssrc = 0xdecafbad, .sequence = sequence,
		.timestamp = random_next(&dice), .payload_type = below(128),
		.marker = below(2), .csrcs = below(2) ? 0 : below(16),
		.extension = below(2), .extension_words = below(30),
		.payload = below(300), .fill = below(256),
	};
	__u32 length = rtp_build(packet, &rtp), at = 12 + 4 * rtp.csrcs;
	bool two_bytes = below(2);

	if (!rtp.extension)
		return length;
	put16(packet + at, two_bytes ? 0x1000 + below(16) : 0xbede);
	fill_elements(packet + at + 4, packet + at + 4 + 4 * rtp.extension_words,
		      two_bytes);
	return length;
}

struct call {
	struct oracle oracle;
	struct srtp_key *key;
	__u64 next;		/* RTP index */
	__u64 rtcp_next;
	__u64 opened;
};

static bool same(struct call *call, bool rtcp, __u64 index, __u8 *packet,
		 __u32 length)
{
	__u8 theirs[ROOM], ours[ROOM], back[ROOM];
	__u32 their_length = length, our_length = length, opened;

	memcpy(theirs, packet, length);
	memcpy(ours, packet, length);
	if (oracle_run(&call->oracle, rtcp, theirs, &their_length) ||
	    srtp_seal(call->key, rtcp, index, ours, &our_length) ||
	    our_length != their_length ||
	    !sg_secret_equal(ours, theirs, our_length))
		return false;
	if (!srtp_is_for(call->key, rtcp, theirs, their_length) ||
	    srtp_open(call->key, rtcp, index, theirs, their_length, back,
		      &opened))
		return false;
	call->opened++;
	return opened == length && sg_secret_equal(back, packet, length);
}

static bool run_call(enum sg_suite suite, __u64 *opened)
{
	struct sg_master_key master;
	struct call call = { .next = below(1 << 16) };
	__u8 packet[ROOM];
	struct sg_key key;
	bool right = true;

	random_key(&master, suite);
	if (sg_master_key_derive(&key, &master))
		ktap_bail_out("no key is derived");
	call.key = srtp_key_new(&key);
	oracle_open(&call.oracle, &master, true, WINDOW);
	for (int i = 0; right && i < CALL; i++) {
		if (below(4)) {
			right = same(&call, false, call.next, packet,
				     random_rtp(packet, call.next));
			call.next += 1 + below(4) * below(4000);
		} else { /* libsrtp2 counts before it sends. */
			right = same(&call, true, ++call.rtcp_next, packet,
				     rtcp_build(packet, 0xdecafbad, below(40),
						below(256)));
		}
	}
	oracle_close(&call.oracle);
	srtp_key_free(call.key);
	*opened += call.opened;
	return right;
}

static void test_suite(enum sg_suite suite, __u64 seed, __u64 calls)
{
	__u64 opened = 0, i;
	bool right = true;

	for (i = 0; right && i < calls; i++) {
		dice.state = seed ^ (i << 8 | suite);
		right = run_call(suite, &opened);
	}
	ktap(right && opened, "%s: %llu packets as libsrtp2 has them",
	     sg_suite_name(suite), opened);
	if (!right)
		ktap_note("call %llu", i - 1);
}

int main(void)
{
	__u64 seed = random_setting("SEED", 6904);
	__u64 calls = random_setting("COUNT", DEFAULT_COUNT) / CALL /
		      SG_SUITE_LAST_FAST;

	ktap_note("SEED=%llu", seed);
	for (int suite = 1; suite <= SG_SUITE_LAST_FAST; suite++) {
		if (sg_suite_info(suite)->key != 24)
			test_suite(suite, seed, calls);
	}
	return ktap_finish();
}
