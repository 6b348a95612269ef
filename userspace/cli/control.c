// SPDX-License-Identifier: GPL-2.0-only
#include "cli/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "cli/cli.h"
#include "lib/secret.h"

enum { TIMEOUT_S = 10 };

void control_protect_keys(void)
{
	json_set_alloc_funcs(malloc, sg_secret_free);
	prctl(PR_SET_DUMPABLE, 0);
}

static int open_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = TIMEOUT_S };
	int fd, err;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		err = errno == ENOENT ? -ECONNREFUSED : -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int send_all(int fd, const char *data, size_t size)
{
	while (size) {
		ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		data += sent;
		size -= sent;
	}
	return 0;
}

/* One line into @line, without its end. */
static int receive_line(int fd, char *line, size_t size)
{
	size_t have = 0;

	while (have < size - 1) {
		ssize_t got = recv(fd, line + have, size - 1 - have, 0);
		char *end;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (got == 0)
			return -EPIPE;
		line[have + got] = '\0';
		end = strchr(line + have, '\n');
		have += got;
		if (end) {
			*end = '\0';
			return 0;
		}
	}
	return -EMSGSIZE;
}

static int exchange(const char *path, const char *request, json_t **answer)
{
	char *line = malloc(CONTROL_LINE);
	int fd = open_socket(path), err = fd;

	if (!line)
		err = -ENOMEM;
	if (err >= 0)
		err = send_all(fd, request, strlen(request));
	if (!err)
		err = send_all(fd, "\n", 1);
	if (!err)
		err = receive_line(fd, line, CONTROL_LINE);
	if (!err) {
		*answer = json_loads(line, 0, NULL);
		err = *answer ? 0 : -EPROTO;
	}
	if (fd >= 0)
		close(fd);
	free(line);
	return err;
}

int control_call(const char *socket, const char *method, json_t *params,
		 json_t **result, char *message, size_t size)
{
	json_t *request = json_pack("{s:i, s:s, s:o*}", "id", 1, "method",
				    method, "params", params);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_t *answer = NULL;
	const char *refusal;
	int err = text ? 0 : -ENOMEM;

	if (!err && strlen(text) + 1 > CONTROL_LINE)
		err = -EMSGSIZE;
	if (!err)
		err = exchange(socket, text, &answer);
	*result = NULL;
	if (!err) {
		*result = json_incref(json_object_get(answer, "result"));
		refusal = json_string_value(json_object_get(
			json_object_get(answer, "error"), "message"));
		if (!*result)
			err = refusal ? -EREMOTEIO : -EPROTO;
		if (refusal)
			snprintf(message, size, "%s", refusal);
	}
	json_decref(answer);
	json_decref(request);
	sg_secret_free(text);
	return err;
}

int control_ask(const struct cli *cli, const char *method, json_t *params,
		json_t **result)
{
	char message[512];
	int err = control_call(cli->socket, method, params, result, message,
			       sizeof(message));

	if (!err)
		return EXIT_OK;
	if (err == -EREMOTEIO)
		return cli_fail("%s", message);
	if (err == -ECONNREFUSED)
		return cli_fail("srtpgated is not running at %s; only it can "
				"answer this, start it first", cli->socket);
	if (err == -EACCES || err == -EPERM)
		return cli_fail("no permission to use %s; run srtpgate as root "
				"or as a member of its group", cli->socket);
	return cli_fail("%s: %s", cli->socket, strerror(-err));
}

static int read_all(int fd, char *buffer, size_t size)
{
	size_t have = 0;
	ssize_t got;

	while (have < size) {
		got = read(fd, buffer + have, size - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			return have;
		have += got;
	}
	return -EFBIG;
}

static int parse_object(const char *path, const char *text, int length,
			json_t **value)
{
	json_error_t error;

	*value = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	/* error.text quotes the input, which may be a key. */
	if (!*value)
		return cli_fail("%s: not valid JSON at line %d, column %d",
				path, error.line, error.column);
	if (json_is_object(*value))
		return EXIT_OK;
	json_decref(*value);
	*value = NULL;
	return cli_fail("%s: expected one JSON object, { ... }", path);
}

static int parse_text(const char *path, const char *text, int length,
		      json_t **value)
{
	*value = json_stringn(text, length);
	return *value ? EXIT_OK :
			cli_fail("%s: it is no text in UTF-8", path);
}

static int read_value(const char *path, json_t **value,
		      int (*parse)(const char *path, const char *text,
				   int length, json_t **value))
{
	bool input = !strcmp(path, "-");
	int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	char *text;
	int length, status;

	if (input)
		path = "standard input";
	if (fd < 0)
		return cli_fail("%s: %s", path, strerror(errno));
	text = malloc(CONTROL_LINE);
	length = text ? read_all(fd, text, CONTROL_LINE) : -ENOMEM;
	if (length < 0)
		status = cli_fail("%s: %s", path, strerror(-length));
	else
		status = parse(path, text, length, value);
	sg_secret_free(text);
	if (!input)
		close(fd);
	return status;
}

int control_read_object(const char *path, json_t **value)
{
	return read_value(path, value, parse_object);
}

int control_read_text(const char *path, json_t **value)
{
	return read_value(path, value, parse_text);
}
