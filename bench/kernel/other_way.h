/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SRTP as rtpengine's kernel module converts it, by the kernel's crypto API as
 * that module calls it: counter mode by one call a block, HMAC-SHA1 and GCM
 * with memory allocated for the packet and freed after it. The model has the
 * cryptography only.
 */
#ifndef OTHER_WAY_H
#define OTHER_WAY_H

#include <linux/types.h>

struct other_way;

/* Session keys; GCM: 12 bytes of salt and no @auth. An ERR_PTR on failure. */
struct other_way *other_way_open(bool gcm, const u8 key[16], const u8 *salt,
				 const u8 auth[20]);
void other_way_close(struct other_way *way);

/*
 * RTP of @length bytes, header of 12 included, its tag of 10 or 16 bytes then
 * behind it. 0 or a negative errno.
 */
int other_way_seal(struct other_way *way, u8 *packet, u32 length, u64 index);

/* The reverse; @length is without the tag. */
int other_way_open_packet(struct other_way *way, u8 *packet, u32 length,
			  u64 index);

/* What the kernel chose, such as "aes-aesni, hmac(sha1-avx2)". */
void other_way_describe(struct other_way *way, char *text, size_t size);

#endif /* OTHER_WAY_H */
