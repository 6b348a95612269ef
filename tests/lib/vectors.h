/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of test vectors: each line is a name and octets in hexadecimal; lines
 * that begin with '#' are comments.
 */
#ifndef SRTPGATE_TEST_VECTORS_H
#define SRTPGATE_TEST_VECTORS_H

#include "lib/slice.h"

enum { VECTORS_MAX = 256 };

struct vectors {
	struct vector {
		char name[40];
		__u8 *octets;
		size_t size;
	} vector[VECTORS_MAX];
	int vectors;
};

/* Ends the program when the file is missing or wrong. */
void vectors_load(struct vectors *vectors, const char *path);
void vectors_free(struct vectors *vectors);

/* Ends the program when there is no such vector. */
struct sg_slice vectors_get(const struct vectors *vectors, const char *name);

/* Is it these octets? */
bool vectors_same(const struct vectors *vectors, const char *name,
		  const void *octets, size_t size);

#endif /* SRTPGATE_TEST_VECTORS_H */
