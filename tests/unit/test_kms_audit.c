// SPDX-License-Identifier: GPL-2.0-only
/* The KMS's audit log on a full disk: what is cut spoils no other line. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "kms/audit.h"

static const struct audit_event event = { .event = "issued" };

/* The file grows by no more than @room octets; RLIM_INFINITY: by any. */
static void limit(const char *path, rlim_t room)
{
	struct rlimit size = { RLIM_INFINITY, RLIM_INFINITY };
	struct stat stat_;

	if (stat(path, &stat_))
		ktap_bail_out("no log");
	if (room != RLIM_INFINITY)
		size.rlim_cur = stat_.st_size + room;
	if (setrlimit(RLIMIT_FSIZE, &size))
		ktap_bail_out("no limit");
}

static int lines(const char *path, const char *line)
{
	char text[512];
	int count = 0;
	FILE *file = fopen(path, "r");

	if (!file)
		ktap_bail_out("no log");
	while (fgets(text, sizeof(text), file))
		count += !strcmp(text, line);
	fclose(file);
	return count;
}

static void test_cut(const char *path)
{
	char whole[512];
	struct audit *audit = NULL;
	struct fault fault;
	int half, none;
	FILE *file;

	if (audit_open(&audit, path, &fault))
		ktap_bail_out("%s", fault.text);
	ktap(!audit_write(audit, &event), "a line");
	file = fopen(path, "r");
	if (!file || !fgets(whole, sizeof(whole), file))
		ktap_bail_out("no line");
	fclose(file);
	limit(path, 5);	/* for standard output as well */
	half = audit_write(audit, &event);
	none = audit_write(audit, &event);
	limit(path, RLIM_INFINITY);
	ktap(half == -ENOSPC && none == -EFBIG, "half of one is an error");
	ktap(!audit_write(audit, &event) && !audit_write(audit, &event) &&
		     lines(path, whole) == 3,
	     "the next ones are lines of their own");
	audit_close(audit);
}

int main(void)
{
	char path[] = "/tmp/audit-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		ktap_bail_out("no file in /tmp");
	close(fd);
	signal(SIGXFSZ, SIG_IGN);
	test_cut(path);
	unlink(path);
	return ktap_finish();
}
