// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a terminal keeps: tickets come back as they were put; a file with an
 * octet changed, of another ticket or under another key is not read; a ticket
 * for one call is used once, also by many at a time; a message is seen once.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "../lib/mikey_call.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "ue/store.h"

enum { USERS = 4, ROUNDS = 8 };

static char folder[] = "/tmp/test_ue_store.XXXXXX";
static struct config_store config;
static struct store *store;
static struct mikey_call call;
static struct fault fault;

static const char *path_of(const char *id)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/%s.ticket", config.path, id);
	return path;
}

static size_t read_file(const char *path, char *octets, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t got = file ? fread(octets, 1, size, file) : 0;

	if (!file)
		ktap_bail_out("%s cannot be read", path);
	fclose(file);
	return got;
}

static void write_file(const char *path, const char *octets, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, octets, size) != (ssize_t)size || close(fd))
		ktap_bail_out("%s cannot be written", path);
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

/* A ticket with other keys each time; without J it is good for one call. */
static void make(struct ticket *ticket, enum ticket_role role, __u16 flags)
{
	static __u8 count;
	const struct mikey_modifier modifier = { call.bob, { "RAND", 4 } };

	mikey_call_begin(&call, 0, 0, false);
	call.flags = (call.flags & ~MIKEY_J) | flags;
	call.mpk.octets[0] = count++;
	mikey_call_ticket(&call);
	if (ticket_fill(ticket, role, mikey_call_slice(&call.ticket),
			role == TICKET_RESPONDER ? &modifier : NULL,
			&call.initiator_keys, &fault))
		ktap_bail_out("%s", fault.text);
}

static bool same(const struct ticket *a, const struct ticket *b)
{
	return a->role == b->role && a->added == b->added &&
	       a->uses == b->uses && sg_slice_equal(a->body, b->body) &&
	       sg_slice_equal(a->modifier.id, b->modifier.id) &&
	       sg_slice_equal(a->modifier.rand, b->modifier.rand) &&
	       sg_secret_equal(&a->keys, &b->keys, sizeof(a->keys));
}

/* -- tickets --------------------------------------------------------------- */

static int count_one(struct store *kept, struct ticket *ticket, void *arg)
{
	(void)kept;
	(void)ticket;
	++*(int *)arg;
	return 0;
}

static void test_tickets(void)
{
	static struct ticket one, two, got;
	int count = 0;

	make(&one, TICKET_INITIATOR, MIKEY_J);
	make(&two, TICKET_RESPONDER, MIKEY_J);
	ktap(!store_put(store, &one, &fault) && !store_put(store, &two, &fault),
	     "two tickets are kept");
	ktap(!store_get(store, one.id, &got, &fault) && same(&got, &one),
	     "one comes back");
	ktap(!store_get(store, two.id, &got, &fault) && same(&got, &two),
	     "the other, with what the KMS said of it");
	store_each(store, &got, count_one, &count, &fault);
	ktap(count == 2, "both are found");
	ktap(!store_remove(store, two.id, &fault) &&
		     store_get(store, two.id, &got, &fault) == -ENOENT &&
		     store_remove(store, two.id, &fault) == -ENOENT,
	     "one is forgotten");
	ktap(store_get(store, "../../../etc/pass", &got, &fault) == -EINVAL &&
		     store_get(store, "", &got, &fault) == -EINVAL,
	     "an ID is no path");
}

static void test_changed(void)
{
	static char good[1 << 15], bad[1 << 15];
	static struct ticket one, two, got;
	char path[512];
	int read = 0;
	size_t size;

	make(&one, TICKET_INITIATOR, MIKEY_J);
	make(&two, TICKET_INITIATOR, MIKEY_J);
	store_put(store, &one, &fault);
	store_put(store, &two, &fault);
	strcpy(path, path_of(one.id));
	size = read_file(path, good, sizeof(good));
	for (size_t i = 0; i < size; i++) {
		memcpy(bad, good, size);
		bad[i] ^= 1 + i % 255;
		write_file(path, bad, size);
		read += store_get(store, one.id, &got, &fault) != -EBADMSG;
	}
	ktap(size > 100 && !read, "none of %zu octets may be changed", size);
	write_file(path, good, size / 2);
	ktap(store_get(store, one.id, &got, &fault) == -EBADMSG, "nor missing");
	write_file(path, bad,
		   read_file(path_of(two.id), bad, sizeof(bad)));
	ktap(store_get(store, one.id, &got, &fault) == -EBADMSG,
	     "nor another ticket's");
	write_file(path, good, size);
	ktap(!store_get(store, one.id, &got, &fault), "it itself is read");
	chmod(path, 0644);
	ktap(store_get(store, one.id, &got, &fault) == -EACCES,
	     "not when others may read it");
	chmod(path, 0600);
}

/* -- once ------------------------------------------------------------------ */

/* Many processes use one ticket; the exit status is how many succeeded. */
static int use_by_many(struct ticket *ticket)
{
	int used = 0, status;

	for (int i = 0; i < USERS; i++)
		if (!fork()) {
			struct store *own;

			_exit(!store_open(&own, &config, -1, &fault) &&
			      !store_use(own, ticket, &fault));
		}
	for (int i = 0; i < USERS; i++)
		used += wait(&status) > 0 && WIFEXITED(status) &&
			WEXITSTATUS(status);
	return used;
}

static void test_once(void)
{
	static struct ticket ticket;
	int used = 0;

	for (int i = 0; i < ROUNDS; i++) {
		make(&ticket, TICKET_INITIATOR, 0);
		store_put(store, &ticket, &fault);
		used += use_by_many(&ticket);
	}
	ktap(used == ROUNDS, "a ticket for one call is used once");
	make(&ticket, TICKET_INITIATOR, MIKEY_J);
	store_put(store, &ticket, &fault);
	ktap(use_by_many(&ticket) == USERS, "another one by all");
	store_get(store, ticket.id, &ticket, &fault);
	ktap(ticket.uses == USERS, "and each of them counts");
}

static void test_seen(void)
{
	struct sg_slice one = SG_SLICE("0123456789abcdef0123");
	struct sg_slice two = SG_SLICE("1123456789abcdef0123");
	__u64 now = time(NULL) + MIKEY_UNIX_EPOCH;
	struct mikey_time t = mikey_time_make(now + 5, 0);
	struct mikey_time old = mikey_time_make(now - 20, 0);

	ktap(!store_seen(store, &t, one, 30, &fault), "a message is new");
	ktap(store_seen(store, &t, one, 30, &fault) == -EALREADY, "once");
	ktap(!store_seen(store, &t, two, 30, &fault), "another one is new");
	ktap(store_seen(store, &old, two, 30, &fault) == -EALREADY,
	     "nothing from before the store was made");
}

/* -- its key --------------------------------------------------------------- */

static void test_passphrase_file(const struct config_store *config)
{
	struct config_store other = *config;
	struct store *opened;
	FILE *file;

	snprintf(other.passphrase_file, sizeof(other.passphrase_file),
		 "%s/phrase", folder);
	file = fopen(other.passphrase_file, "w");
	if (!file || fputs("correct horse\n", file) < 0 || fclose(file))
		ktap_bail_out("no passphrase");
	chmod(other.passphrase_file, 0644);
	ktap(store_make(&other, -1, &fault) == -EACCES,
	     "a passphrase that others may read is refused: %s", fault.text);
	chmod(other.passphrase_file, 0600);
	if (!ktap(!store_make(&other, -1, &fault) &&
			  !store_open(&opened, &other, -1, &fault),
		  "one from a file opens what it made"))
		return;
	store_close(opened);
}

static void test_keys(void)
{
	static struct ticket ticket;
	struct config_store other = config;
	struct store *opened;
	int pipe_fd[2];

	ktap(store_make(&config, -1, &fault) == -EEXIST,
	     "a store is not made over another");
	snprintf(other.key_file, sizeof(other.key_file), "%s/key2", folder);
	snprintf(other.path, sizeof(other.path), "%s/store2", folder);
	ktap(!store_make(&other, -1, &fault), "one with another key");
	snprintf(other.path, sizeof(other.path), "%s", config.path);
	ktap(store_open(&opened, &other, -1, &fault) == -EKEYREJECTED,
	     "does not open this one");
	snprintf(other.path, sizeof(other.path), "%s/store3", folder);
	ktap(store_open(&opened, &other, -1, &fault) == -ENOENT,
	     "there is none that was not made");
	other.key_file[0] = '\0';
	if (pipe(pipe_fd) || write(pipe_fd[1], "short\n", 6) != 6)
		ktap_bail_out("no pipe");
	close(pipe_fd[1]);
	ktap(store_make(&other, pipe_fd[0], &fault) == -EINVAL,
	     "a short passphrase is refused");
	test_passphrase_file(&other);
	ktap(store_write_file(store, "/dev/null/x", "call", SG_SLICE("x"),
			      &fault) < 0 && fault.text[0],
	     "what cannot be written is said");
	snprintf(other.path, sizeof(other.path), "%s/pipe", folder);
	if (mkfifo(other.path, 0600))
		ktap_bail_out("no pipe");
	ktap(store_write_file(store, other.path, "call", SG_SLICE("x"),
			      &fault) == -EINVAL,
	     "a pipe is not replaced by a file");
	make(&ticket, TICKET_INITIATOR, 0);
	ktap(!store_write_file(store, path_of(ticket.id), "call",
			       SG_SLICE("x"), &fault) &&
		     store_get(store, ticket.id, &ticket, &fault) == -EBADMSG,
	     "a call's file is no ticket's");
}

int main(void)
{
	sg_log_open("test_ue_store");
	if (!mkdtemp(folder))
		ktap_bail_out("no folder");
	snprintf(config.path, sizeof(config.path), "%s/store", folder);
	snprintf(config.key_file, sizeof(config.key_file), "%s/key", folder);
	if (store_make(&config, -1, &fault) ||
	    store_open(&store, &config, -1, &fault))
		ktap_bail_out("%s", fault.text);
	test_tickets();
	test_changed();
	test_once();
	test_seen();
	test_keys();
	store_close(store);
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return ktap_finish();
}
