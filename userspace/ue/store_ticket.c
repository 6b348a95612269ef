// SPDX-License-Identifier: GPL-2.0-only
/* The tickets of a store, a file each. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mikey_wire.h"
#include "lib/private_file.h"
#include "lib/secret.h"
#include "ue/store_private.h"

#define SUFFIX ".ticket"

enum { KIND_MAX = 64 };

/* IDs come from people, too: they are part of a path. */
static int ticket_path(char path[PATH_MAX], char kind[KIND_MAX],
		       const struct store *store, const char *id,
		       struct fault *fault)
{
	if (strlen(id) != TICKET_ID_SIZE - 1 ||
	    strspn(id, "0123456789abcdef") != TICKET_ID_SIZE - 1)
		return fault_set(fault, EINVAL,
				 "\"%.40s\" is no ticket's ID of %d "
				 "hexadecimal digits",
				 id, TICKET_ID_SIZE - 1);
	snprintf(kind, KIND_MAX, "ticket %s", id);
	return store_path(path, store->path, id, SUFFIX, fault);
}

int store_put(struct store *store, const struct ticket *ticket,
	      struct fault *fault)
{
	__u8 record[TICKET_RECORD_MAX];
	char path[PATH_MAX], kind[KIND_MAX];
	int err = ticket_path(path, kind, store, ticket->id, fault);
	int size = ticket_print(record, ticket);

	if (!err && size < 0)
		err = fault_set(fault, -size, "the ticket cannot be kept");
	if (!err)
		err = store_write_file(store, path, kind,
				       mikey_slice(record, size), fault);
	sg_secret_zero(record, sizeof(record));
	return err;
}

int store_get(struct store *store, const char *id, struct ticket *ticket,
	      struct fault *fault)
{
	char path[PATH_MAX], kind[KIND_MAX];
	char *record;
	int size, err = ticket_path(path, kind, store, id, fault);

	if (!err && access(path, F_OK))
		err = fault_set(fault, ENOENT, "there is no ticket %s", id);
	if (err)
		return err;
	size = store_read_file(store, path, kind, &record, fault);
	if (size < 0)
		return size;
	err = ticket_parse(ticket, (struct sg_slice){ record, size }, fault);
	private_file_free(record, size);
	return err;
}

int store_remove(struct store *store, const char *id, struct fault *fault)
{
	char path[PATH_MAX], kind[KIND_MAX];
	int err = ticket_path(path, kind, store, id, fault);

	if (!err && unlink(path))
		err = fault_set(fault, errno, "ticket %s: %s", id,
				errno == ENOENT ? "there is none" :
						  strerror(errno));
	return err;
}

/* Is @name a ticket's file? Fills @id. */
static bool is_ticket(char id[TICKET_ID_SIZE], const char *name)
{
	size_t size = strlen(name);

	if (size != TICKET_ID_SIZE - 1 + strlen(SUFFIX) ||
	    strcmp(name + TICKET_ID_SIZE - 1, SUFFIX))
		return false;
	memcpy(id, name, TICKET_ID_SIZE - 1);
	id[TICKET_ID_SIZE - 1] = '\0';
	return true;
}

int store_each(struct store *store, struct ticket *ticket, store_visit *visit,
	       void *arg, struct fault *fault)
{
	DIR *folder = opendir(store->path);
	struct fault unread;
	struct dirent *entry;
	char id[TICKET_ID_SIZE];
	int found = 0;

	if (!folder)
		return fault_set(fault, errno, "%s cannot be read: %s",
				 store->path, strerror(errno));
	while (!found && (entry = readdir(folder))) {
		if (!is_ticket(id, entry->d_name))
			continue;
		if (store_get(store, id, ticket, &unread))
			sg_warning("%s", unread.text);
		else
			found = visit(store, ticket, arg);
	}
	closedir(folder);
	if (found <= 0)
		ticket_wipe(ticket);
	return found;
}

/* -- calls ----------------------------------------------------------------- */

static int count_use(struct store *store, struct ticket *ticket,
		     struct fault *fault)
{
	struct ticket kept;
	int err = store_get(store, ticket->id, &kept, fault);

	if (!err && !ticket_is_unspent(&kept))
		err = fault_set(fault, EALREADY,
				"ticket %s was good for one call", ticket->id);
	if (!err) {
		ticket->uses = ++kept.uses;
		err = store_put(store, &kept, fault);
	}
	ticket_wipe(&kept);
	return err;
}

int store_use(struct store *store, struct ticket *ticket, struct fault *fault)
{
	int fd = store_lock(store, fault), err;

	if (fd < 0)
		return fd;
	err = count_use(store, ticket, fault);
	close(fd);
	return err;
}
