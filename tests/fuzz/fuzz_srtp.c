// SPDX-License-Identifier: GPL-2.0-only
/*
 * SRTP in userspace: four octets choose the key, the others are a packet, to
 * be opened as it is, and to be sealed and opened again. Both get memory of
 * the size that they may use and not a byte more.
 */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "lib/master_key.h"
#include "lib/secret.h"
#include "lib/srtp.h"

enum { CHOICE = 4, SUITES = SG_SUITE_F8_128_HMAC_SHA1_80 };

static __u64 index_of(bool rtcp)
{
	return rtcp ? 0x12345678 : 0x123456789abc;
}

/* NULL: no such key. */
static struct srtp_key *choose_key(const unsigned char *choice)
{
	struct sg_master_key master = {
		.suite = 1 + choice[0] % SUITES,
		.mki_length = choice[1] % (SG_MKI_LONGEST + 1),
		.kdr = choice[2] % 25,
		.plain_rtp = choice[3] & 1,
		.plain_rtcp = choice[3] & 2,
		.untagged_rtp = choice[3] & 4,
	};
	struct sg_key key;

	memset(master.key, choice[0], sg_suite_info(master.suite)->key);
	if (choice[3] & 8)
		memset(master.extension, 0xfe, sizeof(master.extension));
	if (sg_master_key_derive(&key, &master))
		return NULL;
	return srtp_key_new(&key);
}

/* What is refused leaves nothing behind. */
static void check_open(struct srtp_key *key, bool rtcp, const __u8 *sealed,
		       __u32 length)
{
	__u8 *packet = malloc(length + !length);
	__u32 opened, reason, sum = 0;

	srtp_is_for(key, rtcp, sealed, length);
	reason = srtp_open(key, rtcp, index_of(rtcp), sealed, length, packet, &opened);
	require(reason || opened + srtp_trailer(key, rtcp) == length);
	for (__u32 i = 0; reason && i < length; i++)
		sum |= packet[i];
	require(!sum);
	free(packet);
}

static void check_seal(struct srtp_key *key, bool rtcp, const __u8 *plain,
		       __u32 length)
{
	__u32 room = length + srtp_trailer(key, rtcp), size = length, opened;
	__u8 *sealed = malloc(room + !room), *packet = malloc(room + !room);

	memcpy(sealed, plain, length);
	if (!srtp_seal(key, rtcp, index_of(rtcp), sealed, &size)) {
		require(size == room && srtp_is_for(key, rtcp, sealed, size));
		require(!srtp_open(key, rtcp, index_of(rtcp), sealed, size, packet,
				   &opened));
		require(opened == length);
		require(sg_secret_equal(packet, plain, length));
	}
	free(sealed);
	free(packet);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct srtp_key *key;
	__u8 *packet;
	bool rtcp;

	if (size < CHOICE)
		return 0;
	key = choose_key(data);
	if (!key)
		return 0;
	rtcp = data[3] & 16;
	size -= CHOICE;
	packet = malloc(size + !size);
	memcpy(packet, data + CHOICE, size);
	check_open(key, rtcp, packet, size);
	check_seal(key, rtcp, packet, size);
	free(packet);
	srtp_key_free(key);
	return 0;
}
