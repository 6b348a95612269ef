// SPDX-License-Identifier: GPL-2.0-only
#include "ue/store_private.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/hex.h"
#include "lib/private_file.h"
#include "lib/secret.h"

enum {
	PASSPHRASE_MIN = 8,	/* octets */
	PASSPHRASE_MAX = 1024,
};

/* The file "store": a salt for the passphrase, and whether it is right. */
struct head {
	char magic[16];
	__u8 salt[SEAL_SALT];
	__u8 proof[SEAL_MORE];
};

static const char magic[16] = "srtpgate-ue 1\n";

static struct sg_slice slice_of(const void *octets, size_t size)
{
	return (struct sg_slice){ octets, size };
}

int store_path(char path[PATH_MAX], const char *folder, const char *name,
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

/* @text: a line, its end may be missing. */
static int use_passphrase(struct store *store, const char *text, size_t size,
			  const __u8 *salt, struct fault *fault)
{
	while (size && (text[size - 1] == '\n' || text[size - 1] == '\r'))
		size--;
	if (size < PASSPHRASE_MIN)
		return fault_set(fault, EINVAL,
				 "the passphrase must have %d octets at least",
				 PASSPHRASE_MIN);
	return seal_open_passphrase(&store->seal, slice_of(text, size), salt,
				    fault);
}

static int read_passphrase(struct store *store, int fd, const __u8 *salt,
			   struct fault *fault)
{
	char text[PASSPHRASE_MAX];
	ssize_t size = 0, got;
	int err;

	if (fd < 0)
		return fault_set(fault, EINVAL,
				 "the store has no \"key_file\", so -p must "
				 "name a descriptor with the passphrase");
	while ((got = read(fd, text + size, PASSPHRASE_MAX - size)) > 0)
		size += got;
	if (got < 0)
		err = fault_set(fault, errno, "the passphrase cannot be read "
				"from descriptor %d: %s", fd, strerror(errno));
	else if (size == PASSPHRASE_MAX)
		err = fault_set(fault, EINVAL,
				"the passphrase has more than %d octets",
				PASSPHRASE_MAX - 1);
	else
		err = use_passphrase(store, text, size, salt, fault);
	sg_secret_zero(text, sizeof(text));
	return err;
}

static int read_passphrase_file(struct store *store, const char *path,
				const __u8 *salt, struct fault *fault)
{
	char *text;
	int size = private_file_read(&text, path, fault), err;

	if (size < 0)
		return size;
	err = use_passphrase(store, text, size, salt, fault);
	private_file_free(text, size);
	return err;
}

static int open_seal(struct store *store, const struct config_store *config,
		     int passphrase, const __u8 *salt, struct fault *fault)
{
	if (*config->key_file)
		return seal_open(&store->seal, config->key_file, fault);
	if (*config->passphrase_file)
		return read_passphrase_file(store, config->passphrase_file,
					    salt, fault);
	return read_passphrase(store, passphrase, salt, fault);
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

	size = store_path(path, folder, "store", "", fault);
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
	sg_hex_encode(text, key, sizeof(key));
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
	int err = store_path(path, store->path, "store", "", fault);

	if (!err && seal_shut(store->seal, head->proof, NULL, 0, about(head)))
		err = fault_set(fault, EIO, "the store cannot be sealed");
	return err ? err :
		     private_file_write(path, (char *)head, sizeof(*head),
					fault);
}

static int make_folder(const char *path, struct fault *fault)
{
	char head[PATH_MAX];
	int err = store_path(head, path, "store", "", fault);

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
		err = store_seen_make(store, fault);
	if (!err)
		err = write_head(store, &head, fault);
	store_close(store);
	return err;
}

/* -- one at a time --------------------------------------------------------- */

int store_lock(const struct store *store, struct fault *fault)
{
	char path[PATH_MAX];
	int fd, err = store_path(path, store->path, "lock", "", fault);

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
