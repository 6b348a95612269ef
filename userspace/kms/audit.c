// SPDX-License-Identifier: GPL-2.0-only
#include "kms/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mikey_time.h"

enum { LINE_MAX_SIZE = 1 << 18 }; /* octets; more than all names escaped */

struct audit {
	char *path;
	int fd;
	bool cut;	/* the last line is without its end */
};

struct line {
	char text[LINE_MAX_SIZE];
	size_t size;
};

/* -- JSON ------------------------------------------------------------------ */

/* The line is longer than all that can come: nothing is ever cut. */
static void put(struct line *line, struct sg_slice text)
{
	if (text.size > sizeof(line->text) - line->size)
		return;
	memcpy(line->text + line->size, text.at, text.size);
	line->size += text.size;
}

#define PUT(line, literal) put(line, SG_SLICE(literal))

static void put_number(struct line *line, __u64 number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do
		digits[--at] = '0' + number % 10;
	while (number /= 10);
	put(line, (struct sg_slice){ digits + at, sizeof(digits) - at });
}

/* Octets of others: what is not plain ASCII is escaped, as if Latin-1. */
static void put_text(struct line *line, struct sg_slice text)
{
	static const char hex[] = "0123456789abcdef";

	PUT(line, "\"");
	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = text.at[i];
		const char escaped[] = { '\\', 'u', '0', '0', hex[c >> 4],
					 hex[c & 15] };

		if (c < ' ' || c > '~' || c == '"' || c == '\\')
			put(line, (struct sg_slice){ escaped, sizeof(escaped) });
		else
			put(line, (struct sg_slice){ text.at + i, 1 });
	}
	PUT(line, "\"");
}

static void put_name(struct line *line, const char *name)
{
	PUT(line, ",\"");
	put(line, sg_slice_of(name));
	PUT(line, "\":");
}

static void member(struct line *line, const char *name, struct sg_slice text)
{
	if (!text.size)
		return;
	put_name(line, name);
	put_text(line, text);
}

static void member_number(struct line *line, const char *name, __u64 number)
{
	put_name(line, name);
	put_number(line, number);
}

static void member_text(struct line *line, const char *name, const char *text)
{
	if (text)
		member(line, name, sg_slice_of(text));
}

/* Most lines are of the same second as the one before. */
static void put_time(struct line *line, const struct timespec *time)
{
	static char text[32];
	static time_t then;
	char fraction[32];
	struct tm tm;

	if (time->tv_sec != then)
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S",
			 gmtime_r(&time->tv_sec, &tm));
	then = time->tv_sec;
	snprintf(fraction, sizeof(fraction), ".%06ldZ\"",
		 time->tv_nsec / 1000);
	PUT(line, "{\"time\":\"");
	put(line, sg_slice_of(text));
	put(line, sg_slice_of(fraction));
}

static void put_policy(struct line *line, const struct mikey_policy *policy)
{
	char flags[13];

	mikey_flags_print(flags, policy->flags);
	member(line, "kms", policy->kms);
	member(line, "initiator", policy->initiator);
	put_name(line, "flags");
	put_text(line, sg_slice_of(flags));
	if (policy->end >= MIKEY_UNIX_EPOCH)
		member_number(line, "until", policy->end - MIKEY_UNIX_EPOCH);
	PUT(line, ",\"recipients\":[");
	for (int i = 0; i < policy->recipients; i++) {
		if (i)
			PUT(line, ",");
		put_text(line, policy->recipient[i]);
	}
	PUT(line, "]");
}

static void put_event(struct line *line, const struct audit_event *event)
{
	put_time(line, &event->time);
	member_text(line, "event", event->event);
	member_text(line, "type", event->type);
	member_text(line, "reason", event->reason);
	member_number(line, "csb", event->csb_id);
	member_number(line, "replica", event->replica);
	member_text(line, "address", event->address);
	member_text(line, "peer", event->peer);
	member(line, "psk", event->psk_id);
	member_text(line, "certificate", event->certificate);
	member(line, "requester", event->requester);
	member(line, "recipient", event->recipient);
	member_text(line, "rule", event->rule);
	if (event->key)
		member_number(line, "key", event->key);
	if (event->refork)
		PUT(line, ",\"refork\":true");
	if (event->policy)
		put_policy(line, event->policy);
	PUT(line, "}\n");
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
		*audit = (struct audit){ strdup(path), fd, false };
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
	audit->cut = false;
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
	ssize_t written;

	if (!audit)
		return 0;
	line.size = 0;
	if (audit->cut)
		PUT(&line, "\n");
	put_event(&line, event);
	do
		written = write(audit->fd, line.text, line.size);
	while (written < 0 && errno == EINTR);
	if (written < 0)
		return -errno;
	audit->cut = (size_t)written != line.size;
	return audit->cut ? -ENOSPC : 0;
}
