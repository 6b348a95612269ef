/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bpffs directory below which maps and links are pinned, see
 * lib/maps.h for the paths. One daemon at a time holds it.
 */
#ifndef SRTPGATE_PIN_H
#define SRTPGATE_PIN_H

#include <limits.h>
#include <stddef.h>

#include "lib/fault.h"

struct pin {
	char directory[PATH_MAX - 256];	/* <root>/v<SG_LAYOUT_VERSION> */
	int lock;		/* descriptor of the root, flock(2)ed */
};

/*
 * Makes the directories, mounts bpffs where there is none, and locks; says
 * so when maps of another layout are pinned. Negative errno with @fault.
 */
int pin_open(struct pin *pin, const char *root, struct fault *fault);
void pin_close(struct pin *pin);

/* Path of a map; and of the link of an interface, whose dots it replaces. */
const char *pin_map_path(const struct pin *pin, const char *map,
			 char path[PATH_MAX]);
const char *pin_link_path(const struct pin *pin, const char *interface,
			  char path[PATH_MAX]);

/* The interface whose link is pinned as @file, or NULL when it is no link. */
const char *pin_link_interface(const char *file, char *name, size_t size);

/* Removes all that is pinned, in all layouts: detaches the data plane. */
int pin_flush(const char *root, struct fault *fault);

#endif /* SRTPGATE_PIN_H */
