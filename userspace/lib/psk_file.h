/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pre-shared key of the operator's making in a file of its own, as network
 * functions and key management servers have it: 32 octets in base64, which
 * nobody but the file's owner may read (openssl rand -base64 32).
 */
#ifndef SRTPGATE_PSK_FILE_H
#define SRTPGATE_PSK_FILE_H

#include "lib/fault.h"
#include "lib/mikey_key.h"

enum { PSK_SIZE = 32 };

/* Negative errno with @fault; @key is zero then. */
int psk_file_read(struct mikey_secret *key, const char *path,
		  struct fault *fault);

#endif /* SRTPGATE_PSK_FILE_H */
