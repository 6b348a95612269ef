/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions that the cryptography is made of, as functions. There are
 * no intrinsics in the kernel, and the compilers' built-ins differ; these
 * need SSE2 from the compiler and are the same in kernel and userspace.
 */
#ifndef SRTP_SIMD_H
#define SRTP_SIMD_H

#include <stdbool.h>
#include <linux/types.h>

#define FORCE_INLINE inline __attribute__((always_inline))

typedef unsigned long long v128 __attribute__((vector_size(16)));
typedef unsigned long long v128_unaligned
	__attribute__((vector_size(16), aligned(1), may_alias));
typedef signed char v128_bytes __attribute__((vector_size(16)));

static FORCE_INLINE v128 load(const void *from)
{
	return *(const v128_unaligned *)from;
}

static FORCE_INLINE void store(void *to, v128 x)
{
	*(v128_unaligned *)to = x;
}

/* Both halves @x. */
static FORCE_INLINE v128 both(__u64 x)
{
	return (v128){ x, x };
}

#define SIMD_BINARY(name, instruction)                                         \
	static FORCE_INLINE v128 name(v128 a, v128 b)                          \
	{                                                                      \
		__asm__(instruction " %1,%0" : "+x"(a) : "x"(b));              \
		return a;                                                      \
	}

SIMD_BINARY(aes_round, "aesenc")
SIMD_BINARY(aes_last_round, "aesenclast")
SIMD_BINARY(add_words, "paddd")
SIMD_BINARY(shuffle_bytes, "pshufb")
SIMD_BINARY(unpack_low_bytes, "punpcklbw")
SIMD_BINARY(unpack_high_bytes, "punpckhbw")
SIMD_BINARY(unpack_low, "punpcklqdq")
SIMD_BINARY(unpack_high, "punpckhqdq")
SIMD_BINARY(sha1_next_e, "sha1nexte")
SIMD_BINARY(sha1_message1, "sha1msg1")
SIMD_BINARY(sha1_message2, "sha1msg2")

/* Four rounds of SHA-1 of the kind @kind, 0 to 3. */
#define sha1_rounds4(abcd, e, kind)                                            \
	({ v128 abcd_ = (abcd);                                                \
	   __asm__("sha1rnds4 %2,%1,%0"                                        \
		   : "+x"(abcd_) : "x"(e), "i"(kind));                         \
	   abcd_; })

/* Of @a the high half when @halves & 1, of @b when @halves & 16. */
#define multiply_carryless(a, b, halves)                                       \
	({ v128 a_ = (a);                                                      \
	   __asm__("pclmulqdq %2,%1,%0" : "+x"(a_) : "x"(b), "i"(halves));     \
	   a_; })

#define shuffle_words(x, order)                                                \
	({ v128 x_;                                                            \
	   __asm__("pshufd %2,%1,%0" : "=x"(x_) : "x"(x), "i"(order));         \
	   x_; })

static FORCE_INLINE v128 swap_halves(v128 x)
{
	return shuffle_words(x, 0x4e);
}

/* The sixteen bytes in reverse. */
static FORCE_INLINE v128 reverse_bytes(v128 x)
{
	const v128 order = { 0x08090a0b0c0d0e0f, 0x0001020304050607 };

	return shuffle_bytes(x, order);
}

/* The first @count bytes of @x, 0 to 16, and zeros. */
static FORCE_INLINE v128 first_bytes(v128 x, __u32 count)
{
	const v128_bytes number = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
				    13, 14, 15 };
	v128 each = both(count * 0x0101010101010101ULL);

	return x & (v128)((v128_bytes)each > number);
}

/* Overwrites @size bytes, whole vectors, of what was made of a key. */
static FORCE_INLINE void wipe(void *secret, unsigned long size)
{
	for (unsigned long i = 0; i < size; i += sizeof(v128))
		store((__u8 *)secret + i, both(0));
	__asm__ volatile("" : : "r"(secret) : "memory");
}

#endif /* SRTP_SIMD_H */
