// SPDX-License-Identifier: GPL-2.0-only
#include "gated/control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/listener.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "gated/method.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "lib/view.h"

enum {
	LINE_MAX_BYTES = 64 << 10,
	PENDING_MAX = 1 << 20,	/* bytes of answers; then requests wait */
	CLIENTS_MAX = 128,
	BACKLOG = 16,
};

/*
 * Requests hold keys, so they are read into memory of our own, which is
 * zeroed; answers hold none and go through libevent's buffers.
 */
struct client {
	LIST_ENTRY(client) link;
	struct control *control;
	int fd;
	struct event *readable, *writable;
	struct evbuffer *out;
	struct method_wait *wait; /* of the request before; NULL: none */
	json_t *id;		/* of that request */
	char who[64];
	bool ended;		/* will send nothing more */
	size_t length;
	char line[LINE_MAX_BYTES];
};

LIST_HEAD(clients, client);

struct control {
	struct gate *gate;
	struct evconnlistener *listener;
	struct clients clients;
	int count;
};

/* -- one request ---------------------------------------------------------------- */

static json_t *error_of(const struct fault *fault)
{
	const char *code = strerrorname_np(fault->error);

	return json_pack("{s:s, s:s}", "code", code ? code : "EINVAL",
			 "message", fault->text);
}

static int check_request(json_t *request, struct fault *fault)
{
	const char *key;
	json_t *value;

	if (!json_is_object(request))
		return fault_set(fault, EINVAL,
				 "a request must be a JSON object in one line, "
				 "each member once");
	json_object_foreach(request, key, value)
		if (strcmp(key, "id") && strcmp(key, "method") &&
		    strcmp(key, "params"))
			return fault_set(fault, EINVAL,
					 "unknown member \"%.40s\"; a request "
					 "has id, method and params",
					 key);
	if (!json_is_string(json_object_get(request, "method")))
		return fault_set(fault, EINVAL,
				 "\"method\" must be a text; see "
				 "docs/control.md");
	value = json_object_get(request, "params");
	if (value && !json_is_object(value))
		return fault_set(fault, EINVAL,
				 "\"params\" must be an object; see "
				 "docs/control.md");
	return 0;
}

static void send_answer(struct client *client, json_t *id, const char *member,
			json_t *value)
{
	json_t *answer = json_pack("{s:O, s:o}", "id", id, member, value);
	char *text = answer ? json_dumps(answer, SG_VIEW_FORMAT) : NULL;

	if (text) {
		evbuffer_add(client->out, text, strlen(text));
		evbuffer_add(client->out, "\n", 1);
	}
	sg_secret_free(text);
	json_decref(answer);
}

static void on_later(void *arg, json_t *result, const struct fault *fault);

static void answer(struct client *client, const char *line, size_t length)
{
	struct method_caller caller = { client->who, on_later, client, NULL };
	json_t *request, *id, *result = NULL;
	struct fault fault;

	request = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
	id = json_object_get(request, "id");
	if (!id)
		id = json_null();
	if (!check_request(request, &fault))
		result = method_call(client->control->gate,
				     json_string_value(json_object_get(
					     request, "method")),
				     json_object_get(request, "params"),
				     &caller, &fault);
	client->wait = caller.wait;
	if (client->wait)
		client->id = json_incref(id);
	else
		send_answer(client, id, result ? "result" : "error",
			    result ? result : error_of(&fault));
	json_decref(request);
}

/* -- one client ------------------------------------------------------------------ */

static void client_free(struct client *client)
{
	LIST_REMOVE(client, link);
	client->control->count--;
	method_cancel(client->wait);
	json_decref(client->id);
	if (client->readable)
		event_free(client->readable);
	if (client->writable)
		event_free(client->writable);
	if (client->out)
		evbuffer_free(client->out);
	close(client->fd);
	sg_secret_zero(client->line, client->length);
	free(client);
}

static bool is_full(const struct client *client)
{
	return evbuffer_get_length(client->out) >= PENDING_MAX;
}

static void consume(struct client *client, size_t size)
{
	memmove(client->line, client->line + size, client->length - size);
	client->length -= size;
	sg_secret_zero(client->line + client->length, size);
}

static void refuse_long_line(struct client *client)
{
	struct fault fault;

	fault_set(&fault, EMSGSIZE, "a request must not exceed %d bytes",
		  LINE_MAX_BYTES);
	send_answer(client, json_null(), "error", error_of(&fault));
	consume(client, client->length);
	client->ended = true;
	event_del(client->readable);
}

/* Answers come in the order of the requests: behind one that waits, all do. */
static void answer_lines(struct client *client)
{
	while (client->length && !is_full(client) && !client->wait) {
		char *end = memchr(client->line, '\n', client->length);
		size_t length = end ? (size_t)(end - client->line) :
				      client->length;

		if (!end && client->length == sizeof(client->line)) {
			refuse_long_line(client);
			return;
		}
		if (!end && !client->ended)
			return;
		if (length)
			answer(client, client->line, length);
		consume(client, end ? length + 1 : length);
	}
}

/* Sends what can be sent; frees the client when all is said. */
static void flush(struct client *client)
{
	int sent = 0;

	if (evbuffer_get_length(client->out))
		sent = evbuffer_write(client->out, client->fd);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		client_free(client);
		return;
	}
	if (evbuffer_get_length(client->out))
		event_add(client->writable, NULL);
	else if (client->ended && !client->length && !client->wait)
		client_free(client);
	else if (client->ended || is_full(client) || client->wait)
		event_del(client->readable);
	else
		event_add(client->readable, NULL);
}

static void on_later(void *arg, json_t *result, const struct fault *fault)
{
	struct client *client = arg;
	json_t *id = client->id;

	client->wait = NULL;
	client->id = NULL;
	send_answer(client, id, result ? "result" : "error",
		    result ? result : error_of(fault));
	json_decref(id);
	answer_lines(client);
	flush(client);
}

/* For the log: sockets of one host know the other end's user and process. */
static void name_client(struct client *client)
{
	struct ucred other;
	socklen_t size = sizeof(other);

	if (getsockopt(client->fd, SOL_SOCKET, SO_PEERCRED, &other, &size))
		strcpy(client->who, "somebody");
	else
		snprintf(client->who, sizeof(client->who), "user %u, process %d",
			 other.uid, other.pid);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;
	ssize_t got;

	(void)what;
	if (is_full(client) || client->wait) {
		event_del(client->readable);
		return;
	}
	got = read(fd, client->line + client->length,
		   sizeof(client->line) - client->length);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		client->ended = true;
		event_del(client->readable);
	} else {
		client->length += got;
	}
	answer_lines(client);
	flush(client);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct client *client = arg;

	(void)fd;
	(void)what;
	answer_lines(client);
	flush(client);
}

static void on_client(struct evconnlistener *listener, evutil_socket_t fd,
		      struct sockaddr *from, int length, void *arg)
{
	struct control *control = arg;
	struct event_base *base = control->gate->base;
	struct client *client = NULL;

	(void)listener;
	(void)from;
	(void)length;
	if (control->count < CLIENTS_MAX)
		client = calloc(1, sizeof(*client));
	if (!client) {
		close(fd);
		return;
	}
	client->control = control;
	client->fd = fd;
	name_client(client);
	LIST_INSERT_HEAD(&control->clients, client, link);
	control->count++;
	client->out = evbuffer_new();
	client->readable = event_new(base, fd, EV_READ | EV_PERSIST,
				     on_readable, client);
	client->writable = event_new(base, fd, EV_WRITE, on_writable, client);
	if (!client->out || !client->readable || !client->writable)
		client_free(client);
	else
		event_add(client->readable, NULL);
}

/* -- the socket ------------------------------------------------------------------ */

/* A socket that nobody answers at is left from a killed daemon. */
static int remove_stale(const struct sockaddr_un *address, struct fault *fault)
{
	struct stat status;
	int fd, err = 0;

	if (lstat(address->sun_path, &status))
		return 0;
	if (!S_ISSOCK(status.st_mode))
		return fault_set(fault, EEXIST,
				 "%s is there and no socket; remove it, or "
				 "configure another \"control\"",
				 address->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)))
		err = fault_set(fault, EADDRINUSE,
				"another srtpgated answers at %s; stop it, or "
				"configure another \"control\"",
				address->sun_path);
	else if (errno == ECONNREFUSED)
		unlink(address->sun_path);
	close(fd);
	return err;
}

static int bind_socket(struct control *control, struct fault *fault)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int err;

	strcpy(address.sun_path, control->gate->config.control);
	err = remove_stale(&address, fault);
	if (err)
		return err;
	mask = umask(0117);
	control->listener = evconnlistener_new_bind(
		control->gate->base, on_client, control,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, BACKLOG,
		(struct sockaddr *)&address, sizeof(address));
	err = errno;
	umask(mask);
	if (control->listener)
		return 0;
	return fault_set(fault, err, "the control socket %s cannot be made: %s",
			 address.sun_path, strerror(err));
}

int control_open(struct control **out, struct gate *gate, unsigned int uid,
		 unsigned int gid, struct fault *fault)
{
	struct control *control = calloc(1, sizeof(*control));
	int err;

	if (!control)
		return fault_set(fault, ENOMEM, "out of memory");
	json_set_alloc_funcs(malloc, sg_secret_free);
	json_object_seed(0); /* opens /dev/urandom, while it still can */
	control->gate = gate;
	LIST_INIT(&control->clients);
	err = bind_socket(control, fault);
	if (!err && chown(gate->config.control, uid, gid))
		err = fault_set(fault, errno, "%s cannot be given to \"%s\": %s",
				gate->config.control, gate->config.user,
				strerror(errno));
	if (err)
		control_close(control);
	else
		*out = control;
	return err;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	while (!LIST_EMPTY(&control->clients))
		client_free(LIST_FIRST(&control->clients));
	if (control->listener)
		evconnlistener_free(control->listener);
	free(control);
}
