/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zeroing and comparing secrets. Nobody else does either: grep for this
 * header to see every place that handles a key.
 */
#ifndef SRTPGATE_SECRET_H
#define SRTPGATE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

/* Overwrites @size bytes with zeros; never optimised away. */
void sg_secret_zero(void *secret, size_t size);

/*
 * Frees a block of malloc(3)'s, all of it zeroed; NULL is ignored. For those
 * who cannot say how large it is, such as libraries that free for us.
 */
void sg_secret_free(void *secret);

/* True when both are equal; the time depends on @size alone. */
bool sg_secret_equal(const void *a, const void *b, size_t size);

#endif /* SRTPGATE_SECRET_H */
