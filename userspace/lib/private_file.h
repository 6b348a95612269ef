/* SPDX-License-Identifier: GPL-2.0-only */
/* Small files that hold keys: nobody but their owner may read them. */
#ifndef SRTPGATE_PRIVATE_FILE_H
#define SRTPGATE_PRIVATE_FILE_H

#include <stddef.h>

#include "lib/fault.h"

enum { PRIVATE_FILE_MAX = 1 << 20 };

/*
 * Reads all of @path and appends a NUL. *@text is private_file_free()'s.
 * Returns the octets; -EACCES: others may read the file; -EFBIG; or another
 * negative errno; all with @fault.
 */
int private_file_read(char **text, const char *path, struct fault *fault);
void private_file_free(char *text, size_t size);

/*
 * Puts @text where @path is, all of it or, after an error, nothing. -EINVAL:
 * a device, a pipe or a folder is there.
 */
int private_file_write(const char *path, const char *text, size_t size,
		       struct fault *fault);

#endif /* SRTPGATE_PRIVATE_FILE_H */
