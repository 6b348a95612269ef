/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists of user and group identities in configuration files. */
#ifndef SRTPGATE_IDENTITY_LIST_H
#define SRTPGATE_IDENTITY_LIST_H

#include <libconfig.h>

#include "lib/fault.h"
#include "lib/slice.h"

enum { IDENTITY_LIST_MAX = 64 };

/* With or without '*'; texts lie in the libconfig settings. */
struct identity_list {
	struct sg_slice pattern[IDENTITY_LIST_MAX];
	int patterns;
};

/* Reads a list, named @name in errors; absent: none. -EINVAL with @fault. */
int identity_list_read(struct identity_list *list, config_setting_t *setting,
		       const char *name, struct fault *fault);

/* The same of a list that is everybody when it is absent, and not empty. */
int identity_list_read_open(struct identity_list *list,
			    config_setting_t *setting, const char *name,
			    struct fault *fault);

/* Does one of @list cover @identity, which may be a group? */
bool identity_list_covers(const struct identity_list *list,
			  struct sg_slice identity);

/* The same of a list that is everybody when it is absent. */
bool identity_list_admits(const struct identity_list *list,
			  struct sg_slice identity);

#endif /* SRTPGATE_IDENTITY_LIST_H */
