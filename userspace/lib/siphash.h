/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SipHash-2-4 (Aumasson and Bernstein, 2012): the hash of tables whose keys
 * come from outside. Without the seed nobody finds keys that collide.
 */
#ifndef SRTPGATE_SIPHASH_H
#define SRTPGATE_SIPHASH_H

#include "lib/slice.h"

__u64 sg_siphash(const __u64 seed[2], struct sg_slice text);

#endif /* SRTPGATE_SIPHASH_H */
