/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the processor has of what the core needs.
 */
#ifndef SRTP_CPU_H
#define SRTP_CPU_H

#include "core.h"

#ifdef __KERNEL__
#include <asm/cpufeature.h>

#define SRTP_CPU_HAS(kernel_name, leaf, register_, bit) \
	boot_cpu_has(X86_FEATURE_##kernel_name)
#else
#include <cpuid.h>

static inline bool srtp_cpuid(unsigned int leaf, int number, int bit)
{
	unsigned int r[4] = { 0 };

	return __get_cpuid_count(leaf, 0, &r[0], &r[1], &r[2], &r[3]) &&
	       r[number] >> bit & 1;
}

enum { EBX = 1, ECX = 2 };

#define SRTP_CPU_HAS(kernel_name, leaf, register_, bit) \
	srtp_cpuid(leaf, register_, bit)
#endif

/* Of what there must be, what there is not; NULL: nothing. */
static inline const char *srtp_cpu_lacks(void)
{
	if (!SRTP_CPU_HAS(AES, 1, ECX, 25))
		return "AES instructions";
	if (!SRTP_CPU_HAS(PCLMULQDQ, 1, ECX, 1))
		return "PCLMULQDQ";
	if (!SRTP_CPU_HAS(SSSE3, 1, ECX, 9))
		return "SSSE3";
	return NULL;
}

/* enum srtp_features */
static inline __u32 srtp_cpu_features(void)
{
	return SRTP_CPU_HAS(SHA_NI, 7, EBX, 29) ? SRTP_SHA_NI : 0;
}

#endif /* SRTP_CPU_H */
