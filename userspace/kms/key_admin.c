// SPDX-License-Identifier: GPL-2.0-only
#include "kms/key_admin.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kms/policy.h"
#include "kms/ticket_keys.h"

const char key_admin_usage[] =
	"usage: srtpgate-kms key add [SECONDS]  a new key, which seals so long\n"
	"                                       from now; default 0\n"
	"       srtpgate-kms key list\n"
	"       srtpgate-kms key prune SECONDS  removes keys of no use to\n"
	"                                       tickets that live no longer\n";

static bool read_seconds(const char *text, __u64 *seconds)
{
	return sg_slice_number(sg_slice_of(text), POLICY_LIFETIME_MAX, seconds);
}

static int add(struct ticket_keys *keys, const char *path, __u64 from,
	       struct fault *fault)
{
	int err = ticket_keys_add(keys, from, fault);

	if (!err)
		err = ticket_keys_save(keys, path, fault);
	if (!err)
		printf("key %u\n", keys->key[keys->keys - 1].number);
	return err;
}

static int list(const struct ticket_keys *keys)
{
	const struct ticket_key *current =
		ticket_keys_current(keys, time(NULL));

	for (int i = 0; i < keys->keys; i++) {
		time_t from = keys->key[i].from;
		char when[32];
		struct tm tm;

		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ",
			 gmtime_r(&from, &tm));
		printf("%u %s%s\n", keys->key[i].number, when,
		       &keys->key[i] == current ? " seals" : "");
	}
	return 0;
}

static int prune(struct ticket_keys *keys, const char *path, __u64 lifetime,
		 struct fault *fault)
{
	int removed = ticket_keys_prune(keys, time(NULL), lifetime);
	int err = removed ? ticket_keys_save(keys, path, fault) : 0;

	if (!err)
		printf("%d removed\n", removed);
	return err;
}

int key_admin_run(const char *path, int argc, char **argv, struct fault *fault)
{
	struct ticket_keys keys = { .keys = 0 };
	__u64 seconds = 0;
	int err = 0;

	if (argc < 1 || argc > 2 ||
	    (argc == 2 && !read_seconds(argv[1], &seconds)))
		return fault_usage(fault);
	/* The first key makes the ring. */
	if (strcmp(argv[0], "add") || !access(path, F_OK))
		err = ticket_keys_load(&keys, path, fault);
	if (err)
		return err;
	if (!strcmp(argv[0], "add"))
		err = add(&keys, path, time(NULL) + seconds, fault);
	else if (!strcmp(argv[0], "list") && argc == 1)
		err = list(&keys);
	else if (!strcmp(argv[0], "prune") && argc == 2)
		err = prune(&keys, path, seconds, fault);
	else
		err = fault_usage(fault);
	ticket_keys_wipe(&keys);
	return err;
}
