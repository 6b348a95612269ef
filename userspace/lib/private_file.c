// SPDX-License-Identifier: GPL-2.0-only
#include "lib/private_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/secret.h"

static int check(int fd, const char *path, size_t *size, struct fault *fault)
{
	struct stat status;

	if (fstat(fd, &status))
		return fault_set(fault, errno, "%s cannot be read: %s", path,
				 strerror(errno));
	if (!S_ISREG(status.st_mode))
		return fault_set(fault, EINVAL, "%s is no file", path);
	if (status.st_mode & 077)
		return fault_set(fault, EACCES,
				 "%s holds keys and others may read it; "
				 "chmod 600 it",
				 path);
	if (status.st_size > PRIVATE_FILE_MAX)
		return fault_set(fault, EFBIG,
				 "%s has more than %d octets", path,
				 PRIVATE_FILE_MAX);
	*size = status.st_size;
	return 0;
}

static int read_all(int fd, const char *path, char **text, size_t size,
		    struct fault *fault)
{
	size_t at = 0;
	ssize_t got = 1;

	*text = malloc(size + 1);
	if (!*text)
		return fault_set(fault, ENOMEM, "out of memory");
	while (at < size && got > 0) {
		got = read(fd, *text + at, size - at);
		if (got > 0)
			at += got;
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	if (got < 0) {
		fault_set(fault, errno, "%s cannot be read: %s", path,
			  strerror(errno));
		private_file_free(*text, size);
		return -fault->error;
	}
	(*text)[at] = '\0';
	return at;
}

int private_file_read(char **text, const char *path, struct fault *fault)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	int err;

	if (fd < 0)
		return fault_set(fault, errno, "%s cannot be read: %s", path,
				 strerror(errno));
	err = check(fd, path, &size, fault);
	if (!err)
		err = read_all(fd, path, text, size, fault);
	close(fd);
	return err;
}

void private_file_free(char *text, size_t size)
{
	if (text)
		sg_secret_zero(text, size);
	free(text);
}

static int put(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t put = write(fd, text, size);

		if (put < 0 && errno != EINTR)
			return -errno;
		if (put > 0) {
			text += put;
			size -= put;
		}
	}
	return fsync(fd) ? -errno : 0;
}

int private_file_write(const char *path, const char *text, size_t size,
		       struct fault *fault)
{
	char fresh[PATH_MAX];
	struct stat status;
	int fd, err;

	/* A file would take the place of /dev/null, or of a pipe. */
	if (!stat(path, &status) && !S_ISREG(status.st_mode))
		return fault_set(fault, EINVAL, "%s is no file", path);
	if (snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path) >=
	    (int)sizeof(fresh))
		return fault_set(fault, ENAMETOOLONG, "the path is too long");
	fd = mkostemp(fresh, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return fault_set(fault, errno, "%s cannot be made: %s", fresh,
				 strerror(errno));
	err = put(fd, text, size);
	close(fd);
	if (!err && rename(fresh, path))
		err = -errno;
	if (!err)
		return 0;
	unlink(fresh);
	return fault_set(fault, -err, "%s cannot be written: %s", path,
			 strerror(-err));
}
