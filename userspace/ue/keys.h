/* SPDX-License-Identifier: GPL-2.0-only */
/* SRTP master keys on their way to whoever sends and receives the media. */
#ifndef SRTPGATE_UE_KEYS_H
#define SRTPGATE_UE_KEYS_H

#include "lib/fault.h"
#include "ue/sessions.h"

/* Where and how; from a command's options -k and -F. */
struct keys_output {
	const char *path;	/* a file, or "fd:N"; NULL: nowhere */
	const char *format;	/* "text", "hex" or "json"; NULL: text */
};

/* Takes options 'k' and 'F'; false: a format that there is not. */
bool keys_option(struct keys_output *output, int option, const char *value);

/*
 * Writes a file of mode 0600, or to a descriptor that is no terminal. @peer
 * is said in JSON. Negative errno with @fault.
 */
int keys_write(const struct keys_output *output, const struct stream_keys *keys,
	       struct sg_slice peer, struct fault *fault);

/* The same for TLS: tls_psk.h. -EPERM: the ticket is not for that. */
int keys_write_tls(const struct keys_output *output,
		   const struct session_source *source, struct sg_slice peer,
		   struct fault *fault);

#endif /* SRTPGATE_UE_KEYS_H */
