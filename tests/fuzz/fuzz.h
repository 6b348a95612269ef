/* SPDX-License-Identifier: GPL-2.0-only */
/* What all targets have: libFuzzer's entry, and a check it sees fail. */
#ifndef SRTPGATE_FUZZ_H
#define SRTPGATE_FUZZ_H

#include <stddef.h>
#include <stdlib.h>

#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition))                                              \
			abort();                                               \
	} while (0)

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#endif /* SRTPGATE_FUZZ_H */
