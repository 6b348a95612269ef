// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's core: any lengths, any key as the map may hold it, any packet.
 * It touches nothing behind the memory that it is given, refuses without a
 * trace, and opens what it sealed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../kernel/core.h"
#include "../../kernel/cpu.h"

#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

/* In front of each input; what is left of it is the packet. */
struct head {
	__u64 index, second;
	__u32 length, header;
	__u16 room;		/* bytes behind the packet */
	__u8 rtcp, features;
	__u8 flags, tag, mki, key;
};

struct subject {
	struct sg_conversion conversion;
	struct sg_key key;
	__u8 *packet;
	__u32 size;		/* exactly so many are allocated */
	__u32 features;
};

static void begin(struct subject *subject, const struct head *head,
		  const __u8 *packet, __u32 length)
{
	memset(subject, 0, sizeof(*subject));
	memset(&subject->key.rtp, head->key, sizeof(subject->key.rtp));
	memset(&subject->key.rtcp, ~head->key, sizeof(subject->key.rtcp));
	subject->key.flags = head->flags;
	subject->key.rtp_tag = head->tag;
	subject->key.rtcp_tag = head->tag;
	subject->key.mki_length = head->mki;
	subject->size = length + head->room % (2 * SG_CONVERSION_ROOM);
	subject->packet = calloc(1, subject->size + !subject->size);
	memcpy(subject->packet, packet, length);
	subject->features = head->features & srtp_cpu_features();
	subject->conversion = (struct sg_conversion){
		.index = head->index, .second = head->second,
		.length = length, .header = head->header % 64,
		.rtcp = head->rtcp & 1,
	};
}

static int run(struct subject *subject, bool opens)
{
	return (opens ? srtp_core_open : srtp_core_seal)(
		&subject->conversion, subject->packet, subject->size,
		&subject->key, subject->features);
}

static void check_refusal(const struct subject *subject, int err,
			  const __u8 *packet, __u32 length)
{
	require(err == -EINVAL || err == -EBADMSG);
	require(subject->conversion.length == length);
	require(!memcmp(subject->packet, packet, length));
}

static void check_open(const struct head *head, const __u8 *packet,
		       __u32 length)
{
	struct subject subject;
	int err;

	begin(&subject, head, packet, length);
	err = run(&subject, true);
	if (err)
		check_refusal(&subject, err, packet, length);
	else
		require(subject.conversion.length <= length);
	free(subject.packet);
}

static void check_seal(const struct head *head, const __u8 *packet,
		       __u32 length)
{
	struct subject subject;
	__u32 sealed;
	int err;

	begin(&subject, head, packet, length);
	err = run(&subject, false);
	if (err) {
		check_refusal(&subject, err, packet, length);
		free(subject.packet);
		return;
	}
	sealed = subject.conversion.length;
	require(sealed >= length && sealed <= subject.size);
	/* With as much room behind it again. */
	subject.size = sealed + SG_CONVERSION_ROOM;
	subject.packet = realloc(subject.packet, subject.size);
	memset(subject.packet + sealed, 0, SG_CONVERSION_ROOM);
	err = run(&subject, true);
	require(!err || (sealed > SG_RTP_MAX && err == -EINVAL));
	require(err || (subject.conversion.length == length &&
			!memcmp(subject.packet, packet, length)));
	free(subject.packet);
}

/* A length that is not the packet's, up to all that 32 bits say. */
static void check_length(const struct head *head, const __u8 *packet,
			 __u32 length)
{
	struct subject subject;

	begin(&subject, head, packet, length);
	subject.conversion.length = head->length;
	subject.conversion.header = head->header;
	run(&subject, head->features & 2);
	free(subject.packet);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct head head;

	if (srtp_cpu_lacks() || size < sizeof(head))
		return 0;
	memcpy(&head, data, sizeof(head));
	data += sizeof(head);
	size -= sizeof(head);
	check_open(&head, data, size);
	check_seal(&head, data, size);
	check_length(&head, data, size);
	return 0;
}
