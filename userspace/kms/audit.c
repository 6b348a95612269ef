// SPDX-License-Identifier: GPL-2.0-only
#include "kms/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mikey_time.h"

enum { LINE_MAX_SIZE = 1 << 18 }; /* octets; more than all names escaped */

struct audit {
	char *path;
	int fd;
};

struct line {
	char text[LINE_MAX_SIZE];
	size_t size;
};

/* -- JSON ------------------------------------------------------------------ */

/* The line is longer than all that can come: nothing is ever cut. */
static void put(struct line *line, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->size;
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(line->text + line->size, room, format, args);
	va_end(args);
	if (size > 0)
		line->size += (size_t)size < room ? (size_t)size : room - 1;
}

/* Octets of others: what is not plain ASCII is escaped, as if Latin-1. */
static void put_text(struct line *line, struct sg_slice text)
{
	put(line, "\"");
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = text.at[i];

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			put(line, "\\u%04x", c);
		else if (line->size + 1 < sizeof(line->text))
			line->text[line->size++] = c;
	}
	put(line, "\"");
}

static void member(struct line *line, const char *name, struct sg_slice text)
{
	if (!text.size)
		return;
	put(line, ",\"%s\":", name);
	put_text(line, text);
}

static void member_text(struct line *line, const char *name, const char *text)
{
	if (text)
		member(line, name, sg_slice_of(text));
}

static void put_time(struct line *line, const struct timespec *time)
{
	struct tm tm;
	char text[32];

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S",
		 gmtime_r(&time->tv_sec, &tm));
	put(line, "{\"time\":\"%s.%06ldZ\"", text, time->tv_nsec / 1000);
}

static void put_policy(struct line *line, const struct mikey_policy *policy)
{
	char flags[13];

	mikey_flags_print(flags, policy->flags);
	member(line, "kms", policy->kms);
	member(line, "initiator", policy->initiator);
	put(line, ",\"flags\":\"%s\"", flags);
	if (policy->end)
		put(line, ",\"until\":%lld",
		    (long long)(policy->end - MIKEY_UNIX_EPOCH));
	put(line, ",\"recipients\":[");
	for (int i = 0; i < policy->recipients; i++) {
		put(line, i ? "," : "");
		put_text(line, policy->recipient[i]);
	}
	put(line, "]");
}

static void put_event(struct line *line, const struct audit_event *event)
{
	put_time(line, &event->time);
	member_text(line, "event", event->event);
	member_text(line, "type", event->type);
	member_text(line, "reason", event->reason);
	put(line, ",\"csb\":%u,\"replica\":%ld", event->csb_id,
	    event->replica);
	member_text(line, "address", event->address);
	member_text(line, "peer", event->peer);
	member(line, "psk", event->psk_id);
	member(line, "requester", event->requester);
	member(line, "recipient", event->recipient);
	member_text(line, "rule", event->rule);
	if (event->key)
		put(line, ",\"key\":%u", event->key);
	if (event->refork)
		put(line, ",\"refork\":true");
	if (event->policy)
		put_policy(line, event->policy);
	put(line, "}\n");
}

/* -- file ------------------------------------------------------------------ */

static int open_file(const char *path, struct fault *fault)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);

	if (fd < 0)
		return fault_set(fault, errno,
				 "the audit log %s cannot be opened: %s", path,
				 strerror(errno));
	return fd;
}

int audit_open(struct audit **out, const char *path, struct fault *fault)
{
	struct audit *audit;
	int fd;

	if (!*path)
		return 0;
	fd = open_file(path, fault);
	if (fd < 0)
		return fd;
	audit = malloc(sizeof(*audit));
	if (audit)
		*audit = (struct audit){ strdup(path), fd };
	if (!audit || !audit->path) {
		close(fd);
		free(audit);
		return fault_set(fault, ENOMEM, "out of memory");
	}
	*out = audit;
	return 0;
}

int audit_reopen(struct audit *audit, struct fault *fault)
{
	int fd = audit ? open_file(audit->path, fault) : 0;

	if (!audit || fd < 0)
		return fd;
	close(audit->fd);
	audit->fd = fd;
	return 0;
}

void audit_close(struct audit *audit)
{
	if (!audit)
		return;
	close(audit->fd);
	free(audit->path);
	free(audit);
}

/* One write(2): with O_APPEND lines of several writers do not mix. */
int audit_write(struct audit *audit, const struct audit_event *event)
{
	static struct line line;
	ssize_t put;

	if (!audit)
		return 0;
	line.size = 0;
	put_event(&line, event);
	do
		put = write(audit->fd, line.text, line.size);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return -errno;
	return (size_t)put == line.size ? 0 : -ENOSPC;
}
