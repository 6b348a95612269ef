// SPDX-License-Identifier: GPL-2.0-only
#include "ue/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/mikey_wire.h"
#include "lib/private_file.h"
#include "lib/seal.h"
#include "lib/secret.h"

#define SUFFIX ".ticket"

enum {
	SEEN_ROWS = 1024,	/* TRANSFER_INITs, a power of two */
	PASSPHRASE_MIN = 8,	/* octets */
	PASSPHRASE_MAX = 1024,
	KIND_MAX = 64,
};

struct store {
	struct seal *seal;
	char path[CONFIG_TEXT];
};

/* The file "store": a salt for the passphrase, and whether it is right. */
struct head {
	char magic[16];
	__u8 salt[SEAL_SALT];
	__u8 proof[SEAL_MORE];
};

/* When the memory began, and what is in it. */
struct seen {
	__u64 opened;
	struct mikey_seen row[SEEN_ROWS];
};

static const char magic[16] = "srtpgate-ue 1\n";

static struct sg_slice slice_of(const void *octets, size_t size)
{
	return (struct sg_slice){ octets, size };
}

static int path_of(char path[PATH_MAX], const char *folder, const char *name,
		   const char *suffix, struct fault *fault)
{
	if (snprintf(path, PATH_MAX, "%s/%s%s", folder, name, suffix) <
	    PATH_MAX)
		return 0;
	return fault_set(fault, ENAMETOOLONG, "the store's path is too long");
}

/* -- sealed files ---------------------------------------------------------- */

int store_write_file(struct store *store, const char *path, const char *kind,
		     struct sg_slice text, struct fault *fault)
{
	__u8 *sealed = malloc(text.size + SEAL_MORE);
	int err;

	if (!sealed)
		return fault_set(fault, ENOMEM, "out of memory");
	if (seal_shut(store->seal, sealed, (const __u8 *)text.at, text.size,
		      sg_slice_of(kind)))
		err = fault_set(fault, EIO, "%s cannot be sealed", path);
	else
		err = private_file_write(path, (char *)sealed,
					 text.size + SEAL_MORE, fault);
	free(sealed);
	return err;
}

int store_read_file(struct store *store, const char *path, const char *kind,
		    char **text, struct fault *fault)
{
	char *sealed;
	int size = private_file_read(&sealed, path, fault), err = -EBADMSG;

	if (size < 0)
		return size;
	*text = calloc(1, size + 1);
	if (*text && size >= SEAL_MORE)
		err = seal_break(store->seal, (__u8 *)*text, (__u8 *)sealed,
				 size - SEAL_MORE, sg_slice_of(kind));
	private_file_free(sealed, size);
	if (!err)
		return size - SEAL_MORE;
	free(*text);
	return fault_set(fault, EBADMSG,
			 "%s was changed, or is not of this store", path);
}

/* -- the store itself ------------------------------------------------------ */

static int open_passphrase(const struct config_store *config, int passphrase,
			   struct fault *fault)
{
	int fd = passphrase;

	if (*config->passphrase_file)
		fd = open(config->passphrase_file, O_RDONLY | O_CLOEXEC);
	else if (fd >= 0)
		fd = dup(fd);
	else
		return fault_set(fault, EINVAL,
				 "the store has no \"key_file\", so -p must "
				 "name a descriptor with the passphrase");
	if (fd < 0)
		return fault_set(fault, errno,
				 "the passphrase cannot be read: %s",
				 strerror(errno));
	return fd;
}

static int read_passphrase(char text[PASSPHRASE_MAX], int fd,
			   struct fault *fault)
{
	ssize_t size = 0, got;

	while ((got = read(fd, text + size, PASSPHRASE_MAX - size)) > 0)
		size += got;
	if (got < 0 || size == PASSPHRASE_MAX)
		return fault_set(fault, EINVAL,
				 "the passphrase cannot be read");
	while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
		size--;
	if (size < PASSPHRASE_MIN)
		return fault_set(fault, EINVAL,
				 "the passphrase must have %d octets at least",
				 PASSPHRASE_MIN);
	return size;
}

static int open_seal(struct store *store, const struct config_store *config,
		     int passphrase, const __u8 *salt, struct fault *fault)
{
	char text[PASSPHRASE_MAX];
	int fd, size;

	if (*config->key_file)
		return seal_open(&store->seal, config->key_file, fault);
	fd = open_passphrase(config, passphrase, fault);
	if (fd < 0)
		return fd;
	size = read_passphrase(text, fd, fault);
	close(fd);
	if (size >= 0)
		size = seal_open_passphrase(&store->seal, slice_of(text, size),
					    salt, fault);
	sg_secret_zero(text, sizeof(text));
	return size;
}

static struct sg_slice about(const struct head *head)
{
	return slice_of(head, offsetof(struct head, proof));
}

static int read_head(struct head *head, const char *folder,
		     struct fault *fault)
{
	char path[PATH_MAX];
	char *text;
	int size;

	size = path_of(path, folder, "store", "", fault);
	if (size)
		return size;
	if (access(path, F_OK) && errno == ENOENT)
		return fault_set(fault, ENOENT,
				 "there is no store in %s; make it with "
				 "srtpgate-ue init",
				 folder);
	size = private_file_read(&text, path, fault);
	if (size < 0)
		return size;
	if (size == sizeof(*head))
		memcpy(head, text, sizeof(*head));
	private_file_free(text, size);
	if (size == sizeof(*head) && !memcmp(head->magic, magic, sizeof(magic)))
		return 0;
	return fault_set(fault, EINVAL, "%s is no store of this version",
			 folder);
}

static struct store *allocate(const struct config_store *config)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store)
		strcpy(store->path, config->path);
	return store;
}

int store_open(struct store **out, const struct config_store *config,
	       int passphrase, struct fault *fault)
{
	struct store *store = allocate(config);
	struct head head;
	__u8 none[1];
	int err;

	if (!store)
		return fault_set(fault, ENOMEM, "out of memory");
	err = read_head(&head, config->path, fault);
	if (!err)
		err = open_seal(store, config, passphrase, head.salt, fault);
	if (!err && seal_break(store->seal, none, head.proof, 0, about(&head)))
		err = fault_set(fault, EKEYREJECTED,
				"%s was made with another key or passphrase",
				config->path);
	if (err)
		store_close(store);
	else
		*out = store;
	return err;
}

void store_close(struct store *store)
{
	if (store)
		seal_close(store->seal);
	free(store);
}

/* -- making one ------------------------------------------------------------ */

/* A new key, as seal_open() wants it; one that is there stays. */
static int make_key(const char *path, struct fault *fault)
{
	__u8 key[32];
	char text[2 * sizeof(key) + 2];
	int err;

	if (!*path || !access(path, F_OK))
		return 0;
	if (RAND_priv_bytes(key, sizeof(key)) != 1)
		return fault_set(fault, EIO, "OpenSSL has no random numbers");
	for (size_t i = 0; i < sizeof(key); i++)
		sprintf(text + 2 * i, "%02x", key[i]);
	strcat(text, "\n");
	err = private_file_write(path, text, strlen(text), fault);
	sg_secret_zero(key, sizeof(key));
	sg_secret_zero(text, sizeof(text));
	return err;
}

static int write_head(struct store *store, struct head *head,
		      struct fault *fault)
{
	char path[PATH_MAX];
	int err = path_of(path, store->path, "store", "", fault);

	if (!err && seal_shut(store->seal, head->proof, NULL, 0, about(head)))
		err = fault_set(fault, EIO, "the store cannot be sealed");
	return err ? err :
		     private_file_write(path, (char *)head, sizeof(*head),
					fault);
}

static int write_seen(struct store *store, const struct seen *seen,
		      struct fault *fault)
{
	char path[PATH_MAX];
	int err = path_of(path, store->path, "seen", "", fault);

	return err ? err :
		     store_write_file(store, path, "seen",
				      slice_of(seen, sizeof(*seen)), fault);
}

static int make_folder(const char *path, struct fault *fault)
{
	char head[PATH_MAX];
	int err = path_of(head, path, "store", "", fault);

	if (err)
		return err;
	if (!access(head, F_OK))
		return fault_set(fault, EEXIST,
				 "there is a store in %s already", path);
	if (mkdir(path, 0700) && errno != EEXIST)
		return fault_set(fault, errno, "%s cannot be made: %s", path,
				 strerror(errno));
	return 0;
}

int store_make(const struct config_store *config, int passphrase,
	       struct fault *fault)
{
	const struct seen seen = { .opened = time(NULL) + MIKEY_UNIX_EPOCH };
	struct store *store = allocate(config);
	struct head head;
	int err;

	if (!store)
		return fault_set(fault, ENOMEM, "out of memory");
	memcpy(head.magic, magic, sizeof(magic));
	err = make_folder(config->path, fault);
	if (!err)
		err = make_key(config->key_file, fault);
	if (!err && RAND_bytes(head.salt, sizeof(head.salt)) != 1)
		err = fault_set(fault, EIO, "OpenSSL has no random numbers");
	if (!err)
		err = open_seal(store, config, passphrase, head.salt, fault);
	if (!err)
		err = write_seen(store, &seen, fault);
	if (!err)
		err = write_head(store, &head, fault);
	store_close(store);
	return err;
}

/* -- tickets --------------------------------------------------------------- */

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
	return path_of(path, store->path, id, SUFFIX, fault);
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
				       slice_of(record, size), fault);
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
	err = ticket_parse(ticket, slice_of(record, size), fault);
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
	if (!found)
		ticket_wipe(ticket);
	return found;
}

/* -- what commands must not do at the same time ---------------------------- */

static int lock(const struct store *store, struct fault *fault)
{
	char path[PATH_MAX];
	int fd, err = path_of(path, store->path, "lock", "", fault);

	if (err)
		return err;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0 && !flock(fd, LOCK_EX))
		return fd;
	err = fault_set(fault, errno, "%s cannot be locked: %s", path,
			strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

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
	int fd = lock(store, fault), err;

	if (fd < 0)
		return fd;
	err = count_use(store, ticket, fault);
	close(fd);
	return err;
}

static int read_seen(struct store *store, struct seen *seen, const char *path,
		     struct fault *fault)
{
	char *text;
	int size = store_read_file(store, path, "seen", &text, fault);

	if (size < 0)
		return size;
	if (size == sizeof(*seen))
		memcpy(seen, text, sizeof(*seen));
	private_file_free(text, size);
	return size == sizeof(*seen) ?
		       0 :
		       fault_set(fault, EINVAL, "%s cannot be read", path);
}

static int remember(struct store *store, const struct mikey_time *t,
		    struct sg_slice tag, __u32 skew, struct fault *fault)
{
	__u64 now = time(NULL) + MIKEY_UNIX_EPOCH;
	struct mikey_replay replay;
	struct mikey_fault why = { 0 };
	char path[PATH_MAX];
	struct seen seen;
	int err = path_of(path, store->path, "seen", "", fault);

	if (!err)
		err = read_seen(store, &seen, path, fault);
	if (err)
		return err;
	replay = (struct mikey_replay){ seen.row, SEEN_ROWS, skew,
					seen.opened };
	err = mikey_replay_check(&replay, t, tag, now, &why);
	if (err)
		return fault_set(fault, -err, "the call is refused: %s",
				 why.text);
	return write_seen(store, &seen, fault);
}

int store_seen(struct store *store, const struct mikey_time *t,
	       struct sg_slice tag, __u32 skew, struct fault *fault)
{
	int fd = lock(store, fault), err;

	if (fd < 0)
		return fd;
	err = remember(store, t, tag, skew, fault);
	close(fd);
	return err;
}
