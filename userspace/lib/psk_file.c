// SPDX-License-Identifier: GPL-2.0-only
#include "lib/psk_file.h"

#include <errno.h>

#include "lib/base64.h"
#include "lib/private_file.h"

int psk_file_read(struct mikey_secret *key, const char *path,
		  struct fault *fault)
{
	char *text;
	int size = private_file_read(&text, path, fault), got;

	memset(key, 0, sizeof(*key));
	if (size < 0)
		return size;
	got = sg_base64_decode(key->octets, PSK_SIZE,
			       sg_slice_trim((struct sg_slice){text, size}));
	private_file_free(text, size);
	if (got != PSK_SIZE) {
		mikey_secret_wipe(key);
		return fault_set(fault, EINVAL,
				 "%s must hold %d octets in base64", path,
				 PSK_SIZE);
	}
	key->size = PSK_SIZE;
	return 0;
}
