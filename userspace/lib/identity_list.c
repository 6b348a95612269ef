// SPDX-License-Identifier: GPL-2.0-only
#include "lib/identity_list.h"

#include <errno.h>
#include <string.h>

#include "lib/mikey.h"
#include "lib/mikey_identity.h"

int identity_list_read(struct identity_list *list, config_setting_t *setting,
		       const char *name, struct fault *fault)
{
	int count = setting ? config_setting_length(setting) : 0;

	if (setting && (!config_setting_is_aggregate(setting) ||
			count > IDENTITY_LIST_MAX))
		return fault_set(fault, EINVAL,
				 "%s:%d: \"%s\" must be a list of at most %d "
				 "identities",
				 config_setting_source_file(setting),
				 config_setting_source_line(setting), name,
				 IDENTITY_LIST_MAX);
	for (int i = 0; i < count; i++) {
		const char *text = config_setting_get_string_elem(setting, i);

		if (!text || !*text || strlen(text) > MIKEY_ID_MAX)
			return fault_set(fault, EINVAL,
					 "%s:%d: \"%s\" has something that is "
					 "no identity",
					 config_setting_source_file(setting),
					 config_setting_source_line(setting),
					 name);
		list->pattern[list->patterns++] = sg_slice_of(text);
	}
	return 0;
}

int identity_list_read_open(struct identity_list *list,
			    config_setting_t *setting, const char *name,
			    struct fault *fault)
{
	int err = identity_list_read(list, setting, name, fault);

	/* It looks like nobody, and would be everybody. */
	if (!err && setting && !list->patterns)
		return fault_set(fault, EINVAL,
				 "%s:%d: \"%s\" is empty; leave it out if it is "
				 "to be everybody",
				 config_setting_source_file(setting),
				 config_setting_source_line(setting), name);
	return err;
}

bool identity_list_covers(const struct identity_list *list,
			  struct sg_slice identity)
{
	for (int i = 0; i < list->patterns; i++)
		if (mikey_identity_covers(list->pattern[i], identity))
			return true;
	return false;
}

bool identity_list_admits(const struct identity_list *list,
			  struct sg_slice identity)
{
	return !list->patterns || identity_list_covers(list, identity);
}
