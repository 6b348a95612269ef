/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts that are no secret, from files and standard input. */
#ifndef SRTPGATE_UE_TEXT_FILE_H
#define SRTPGATE_UE_TEXT_FILE_H

#include "lib/fault.h"
#include "lib/slice.h"

/*
 * Reads all of @path, "-" or NULL: standard input, into @text. Negative errno
 * with @fault; -EFBIG: more than @size octets.
 */
int text_file_read(struct sg_slice *read, char *text, size_t size,
		   const char *path, struct fault *fault);

#endif /* SRTPGATE_UE_TEXT_FILE_H */
