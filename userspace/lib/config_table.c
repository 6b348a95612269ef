// SPDX-License-Identifier: GPL-2.0-only
#include "lib/config_table.h"

#include <errno.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { WORD_MAX = 128 };	/* octets of a choice's text, and two blanks */

static const struct option *find(const struct option *table, const char *name)
{
	for (; table->name; table++)
		if (!strcmp(table->name, name))
			return table;
	return NULL;
}

static int refuse_unknown(const config_setting_t *group,
			  const struct option *table, struct fault *fault)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		config_setting_t *one = config_setting_get_elem(group, i);

		if (!find(table, config_setting_name(one)))
			return fault_set(fault, EINVAL,
					 "%s:%d: \"%s\" is no option here; see "
					 "the manual page",
					 config_setting_source_file(one),
					 config_setting_source_line(one),
					 config_setting_name(one));
	}
	return 0;
}

static int read_text(const struct option *option,
		     const config_setting_t *setting, char *to,
		     struct fault *fault)
{
	const char *text = option->text;
	char word[WORD_MAX];

	if (setting)
		text = config_setting_get_string(setting);
	if (!text || strlen(text) >= option->size)
		return fault_set(fault, EINVAL,
				 "option \"%s\" must be a text of at most %zu "
				 "characters",
				 option->name, option->size - 1);
	strcpy(to, text);
	if (option->type != OPTION_CHOICE)
		return 0;
	snprintf(word, sizeof(word), " %s ", text);
	if (!strstr(option->choices, word))
		return fault_set(fault, EINVAL,
				 "option \"%s\" must be one of:%s",
				 option->name, option->choices);
	return 0;
}

static int read_number(const struct option *option,
		       const config_setting_t *setting, void *to,
		       struct fault *fault)
{
	long number = option->number;

	if (setting && config_setting_type(setting) != CONFIG_TYPE_INT)
		number = option->min - 1;
	else if (setting)
		number = config_setting_get_int(setting);
	if (number < option->min || number > option->max)
		return fault_set(fault, EINVAL,
				 "option \"%s\" must be a number from %ld to "
				 "%ld",
				 option->name, option->min, option->max);
	if (option->size == sizeof(__u16))
		*(__u16 *)to = number;
	else
		*(long *)to = number;
	return 0;
}

static int read_bool(const struct option *option,
		     const config_setting_t *setting, bool *to,
		     struct fault *fault)
{
	if (setting && config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return fault_set(fault, EINVAL,
				 "option \"%s\" must be true or false",
				 option->name);
	*to = setting ? config_setting_get_bool(setting) : option->number;
	return 0;
}

int config_table_read(const struct option *table,
		      const config_setting_t *group, void *to,
		      struct fault *fault)
{
	int err = group ? refuse_unknown(group, table, fault) : 0;

	for (; !err && table->name; table++) {
		const config_setting_t *setting = NULL;
		char *field = (char *)to + table->offset;

		if (group)
			setting = config_setting_get_member(group, table->name);
		if (table->type == OPTION_NUMBER)
			err = read_number(table, setting, field, fault);
		else if (table->type == OPTION_BOOL)
			err = read_bool(table, setting, (bool *)field, fault);
		else if (table->type != OPTION_NESTED)
			err = read_text(table, setting, field, fault);
	}
	return err;
}

int config_group_read(const struct option *table,
		      const config_setting_t *group, const char *name, void *to,
		      struct fault *fault)
{
	if (group && !config_setting_is_group(group))
		return fault_set(fault, EINVAL, "%s:%d: %s must be a group",
				 config_setting_source_file(group),
				 config_setting_source_line(group), name);
	return config_table_read(table, group, to, fault);
}

int config_file_open(config_t *file, const char *path, struct fault *fault)
{
	if (access(path, R_OK))
		return fault_set(fault, errno, "%s cannot be read: %s", path,
				 strerror(errno));
	config_init(file);
	if (config_read_file(file, path))
		return 0;
	fault_set(fault, EINVAL, "%s:%d: %s", path, config_error_line(file),
		  config_error_text(file));
	config_destroy(file);
	return -EINVAL;
}
