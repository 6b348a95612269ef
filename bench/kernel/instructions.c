// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many instructions a packet takes, by the core of srtp_kfuncs.ko as its
 * functions call it and by another way: for a virtual machine whose time stamp
 * counter counts them (QEMU's -icount shift=0). Prints lines that
 * bench/instructions.sh reads, and that is all.
 */
#include <linux/bottom_half.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/fpu/api.h>
#include <asm/msr.h>

#include "core.h"
#include "cpu.h"
#include "known_answers.h"
#include "other_way.h"

enum {
	HEADER = 12,
	PAYLOAD_MAX = 1200,
	PACKET_MAX = HEADER + PAYLOAD_MAX,
	ROOM = PACKET_MAX + 16 + SG_CONVERSION_ROOM,
	PACKETS = 100,		/* the least of them: no interrupt is in it */
};

#define INDEX 0x123450000ULL

struct suite {
	const char *name;
	enum srtp_known_key session;
	u8 flags, tag;
	u8 key[16], salt[14], auth[20];
};

/* Session keys of RFC 3711 B.3 and RFC 7714 16, as known_answers.c has them. */
static const struct suite suites[] = {
	{ "", SRTP_KNOWN_CM_128_RTP, 0, 10,
	  { 0xc6, 0x1e, 0x7a, 0x93, 0x74, 0x4f, 0x39, 0xee, 0x10, 0x73, 0x4a,
	    0xfe, 0x3f, 0xf7, 0xa0, 0x87 },
	  { 0x30, 0xcb, 0xbc, 0x08, 0x86, 0x3d, 0x8c, 0x85, 0xd4, 0x9d, 0xb3,
	    0x4a, 0x9a, 0xe1 },
	  { 0xce, 0xbe, 0x32, 0x1f, 0x6f, 0xf7, 0x71, 0x6b, 0x6f, 0xd4, 0xab,
	    0x49, 0xaf, 0x25, 0x6a, 0x15, 0x6d, 0x38, 0xba, 0xa4 } },
	{ "-gcm128", SRTP_KNOWN_GCM_128, SG_KEY_GCM, 16,
	  { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
	    0x0b, 0x0c, 0x0d, 0x0e, 0x0f },
	  { 0x51, 0x75, 0x69, 0x64, 0x20, 0x70, 0x72, 0x6f, 0x20, 0x71, 0x75,
	    0x6f },
	  { 0 } },
};

/* Of one suite. */
static struct sg_key key;
static struct other_way *other;
static u32 features;

static u8 plain[PACKET_MAX], sealed[PACKET_MAX + 16];
static u8 *packet;		/* in memory that scatter lists may name */

static int ours(bool open, u32 length, u64 index)
{
	struct sg_conversion conversion = {
		.index = index, .second = index, .header = HEADER,
		.length = open ? length + key.rtp_tag : length,
	};
	int err;

	if (!irq_fpu_usable())
		return -EAGAIN;
	kernel_fpu_begin();
	err = (open ? srtp_core_open : srtp_core_seal)(
		&conversion, packet, ROOM, &key, features);
	kernel_fpu_end();
	return err;
}

static int theirs(bool open, u32 length, u64 index)
{
	return (open ? other_way_open_packet : other_way_seal)(
		other, packet, length, index);
}

typedef int (*way_fn)(bool open, u32 length, u64 index);

static int nothing(bool open, u32 length, u64 index)
{
	return 0;
}

static int a_hundred(bool open, u32 length, u64 index)
{
	asm volatile(".rept 100; nop; .endr");
	return 0;
}

/* The least that one packet takes, in softirq's stead; negative errno. */
static long count(way_fn convert, bool open, u32 length)
{
	const u8 *from = open ? sealed : plain, *to = open ? plain : sealed;
	u32 in = length + (open ? key.rtp_tag : 0);
	u32 out = length + (open ? 0 : key.rtp_tag);
	u64 start, ticks, least = U64_MAX;
	int err = 0;

	for (int i = 0; i < PACKETS && !err; i++) {
		memcpy(packet, from, in);
		local_bh_disable();
		start = rdtsc_ordered();
		err = convert(open, length, INDEX);
		ticks = rdtsc_ordered() - start;
		local_bh_enable();
		least = min(least, ticks);
		if (!err && convert != nothing && convert != a_hundred &&
		    memcmp(packet, to, out))
			err = -EBADMSG;
	}
	return err ?: least;
}

/* Is it instructions that the counter counts? What calling costs, or -1. */
static long calibrate(void)
{
	long empty = count(nothing, false, HEADER);

	return count(a_hundred, false, HEADER) - empty == 100 ? empty : -1;
}

static int compare(const struct suite *suite, u32 payload, bool open,
		   long empty)
{
	long a = count(ours, open, HEADER + payload);
	long b = count(theirs, open, HEADER + payload);

	if (a < 0 || b < 0)
		return a < 0 ? a : b;
	pr_info("srtp_instructions: row %s%s-%u %ld %ld\n", suite->name,
		open ? "" : "-seal", payload, a - empty, b - empty);
	return 0;
}

static int run_size(const struct suite *suite, u32 payload, long empty)
{
	u32 length = HEADER + payload;
	int err;

	for (u32 i = 0; i < length; i++)
		plain[i] = i < HEADER ? 0 : i * 7;
	plain[0] = 0x80;
	memcpy(packet, plain, length);
	err = theirs(false, length, INDEX);
	if (err)
		return err;
	memcpy(sealed, packet, length + suite->tag);
	return compare(suite, payload, true, empty) ?:
	       compare(suite, payload, false, empty);
}

static int run(const struct suite *suite, long empty)
{
	char text[128];
	int err;

	memset(&key, 0, sizeof(key));
	key.rtp = *srtp_known_session(suite->session);
	key.flags = suite->flags;
	key.rtp_tag = suite->tag;
	other = other_way_open(suite->flags & SG_KEY_GCM, suite->key,
			       suite->salt, suite->auth);
	if (IS_ERR(other))
		return PTR_ERR(other);
	other_way_describe(other, text, sizeof(text));
	pr_info("srtp_instructions: note %s\n", text);
	err = run_size(suite, 160, empty) ?:
	      run_size(suite, PAYLOAD_MAX, empty);
	other_way_close(other);
	return err;
}

static int run_all(void)
{
	long empty = calibrate();
	int err = 0;

	if (empty < 0) {
		pr_err("srtp_instructions: nothing here counts instructions\n");
		return -EOPNOTSUPP;
	}
	features = srtp_cpu_features();
	pr_info("srtp_instructions: note %s\n",
		features & SRTP_SHA_NI ? "SHA-NI" : "no SHA instructions");
	for (int i = 0; i < ARRAY_SIZE(suites) && !err; i++)
		err = run(&suites[i], empty);
	if (err)
		pr_err("srtp_instructions: a packet came out wrong, or not at all: %d\n",
		       err);
	return err;
}

static int __init instructions_init(void)
{
	int err = srtp_cpu_lacks() ? -ENODEV : 0;

	packet = kmalloc(ROOM, GFP_KERNEL);
	if (!err)
		err = packet ? run_all() : -ENOMEM;
	kfree(packet);
	return err;
}

static void __exit instructions_exit(void)
{
}

module_init(instructions_init);
module_exit(instructions_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Instructions that SRTP packets take");
