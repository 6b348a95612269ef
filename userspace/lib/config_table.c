// SPDX-License-Identifier: GPL-2.0-only
#include "lib/config_table.h"

#include <errno.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	WORD_MAX = 128,		/* octets of a choice's text, and two blanks */
	PLACE_MAX = 96,		/* of a file's name and a line */
};

/* "FILE:LINE: ", where @setting is; "": that is nowhere, or all of the file. */
static const char *place_of(const config_setting_t *setting,
			    char text[PLACE_MAX])
{
	*text = '\0';
	if (setting && config_setting_source_file(setting))
		snprintf(text, PLACE_MAX, "%.80s:%u: ",
			 config_setting_source_file(setting),
			 config_setting_source_line(setting));
	return text;
}

/* @at: the setting, or the group that it is missing in. */
static int __attribute__((format(printf, 4, 5)))
refuse(struct fault *fault, const struct option *option,
       const config_setting_t *at, const char *format, ...)
{
	char place[PLACE_MAX], why[128];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	return fault_set(fault, EINVAL, "%soption \"%s\" %s",
			 place_of(at, place), option->name, why);
}

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
	char place[PLACE_MAX];

	for (int i = 0; i < config_setting_length(group); i++) {
		config_setting_t *one = config_setting_get_elem(group, i);

		if (!find(table, config_setting_name(one)))
			return fault_set(fault, EINVAL,
					 "%s\"%s\" is no option here; see the "
					 "manual page",
					 place_of(one, place),
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
		return refuse(fault, option, setting,
			      "must be a text of at most %zu characters",
			      option->size - 1);
	strcpy(to, text);
	if (option->type != OPTION_CHOICE)
		return 0;
	snprintf(word, sizeof(word), " %s ", text);
	if (strchr(text, ' ') || !strstr(option->choices, word))
		return refuse(fault, option, setting, "must be one of:%s",
			      option->choices);
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
		return refuse(fault, option, setting,
			      "must be a number from %ld to %ld", option->min,
			      option->max);
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
		return refuse(fault, option, setting, "must be true or false");
	*to = setting ? config_setting_get_bool(setting) : option->number;
	return 0;
}

static int read_option(const struct option *option,
		       const config_setting_t *group, void *to,
		       struct fault *fault)
{
	const config_setting_t *setting = NULL;

	if (group)
		setting = config_setting_get_member(group, option->name);
	switch (option->type) {
	case OPTION_NESTED:
		return 0;
	case OPTION_NUMBER:
		return read_number(option, setting, to, fault);
	case OPTION_BOOL:
		return read_bool(option, setting, to, fault);
	default:
		if (!setting && !option->text)
			return refuse(fault, option, group, "is missing");
		return read_text(option, setting, to, fault);
	}
}

int config_table_read(const struct option *table,
		      const config_setting_t *group, void *to,
		      struct fault *fault)
{
	int err = group ? refuse_unknown(group, table, fault) : 0;

	for (; !err && table->name; table++)
		err = read_option(table, group, (char *)to + table->offset,
				  fault);
	return err;
}

int config_group_read(const struct option *table,
		      const config_setting_t *group, const char *name, void *to,
		      struct fault *fault)
{
	char place[PLACE_MAX];
	struct fault why;
	int err;

	if (group && !config_setting_is_group(group))
		return fault_set(fault, EINVAL, "%s%s must be a group",
				 place_of(group, place), name);
	err = config_table_read(table, group, to, fault);
	if (!err || group)
		return err;
	why = *fault;
	return fault_set(fault, EINVAL, "%s: %.200s", name, why.text);
}

int config_list_count(const config_setting_t *list, const char *name, int min,
		      int max, struct fault *fault)
{
	int count = list ? config_setting_length(list) : 0;
	char place[PLACE_MAX];

	if ((!list || config_setting_is_list(list)) && count >= min &&
	    count <= max)
		return count;
	return fault_set(fault, EINVAL,
			 "%s\"%s\" must be a list of %d to %d groups",
			 place_of(list, place), name, min, max);
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
