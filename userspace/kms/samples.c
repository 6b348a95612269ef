// SPDX-License-Identifier: GPL-2.0-only
#include "kms/samples.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/cursor.h"
#include "lib/host_port.h"

enum { PATIENCE = 2, HOST_MAX = 256 };	/* s */

/* -- text ------------------------------------------------------------------ */

static struct sg_slice read_name(struct sg_cursor *c)
{
	const char *from = c->at;

	while (sg_cursor_left(c) && sg_cursor_peek(c) != '{' &&
	       sg_cursor_peek(c) != ' ')
		sg_cursor_take(c, 1);
	return (struct sg_slice){ from, c->at - from };
}

/* Whoever answers there, he does not write to the operator's terminal. */
static bool prints(struct sg_slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] < ' ' || text.at[i] > '~')
			return false;
	return true;
}

static bool read_line(struct sample *sample, struct sg_slice line)
{
	struct sg_cursor c = sg_cursor_of_slice(line);
	struct sg_slice number;
	char text[32] = "", *end;

	*sample = (struct sample){ .name = read_name(&c) };
	if (sg_cursor_accept(&c, '{')) {
		sg_cursor_until(&c, '"');
		sample->label = sg_cursor_until(&c, '"');
		sg_cursor_accept(&c, '}');
	}
	number = sg_slice_trim(sg_cursor_rest(&c));
	if (!sample->name.size || !prints(sample->name) ||
	    !prints(sample->label) || !number.size ||
	    number.size >= sizeof(text))
		return false;
	memcpy(text, number.at, number.size);
	sample->value = strtod(text, &end);
	return !*end;
}

void samples_parse(struct samples *samples, struct sg_slice text)
{
	struct sg_cursor c = sg_cursor_of_slice(text);

	samples->count = 0;
	while (sg_cursor_left(&c) && samples->count < SAMPLES_MAX) {
		struct sg_slice line = sg_cursor_line(&c);

		if (line.size && *line.at != '#' &&
		    read_line(&samples->sample[samples->count], line))
			samples->count++;
	}
}

const struct sample *samples_find(const struct samples *samples,
				  const char *name, const char *label)
{
	for (int i = 0; i < samples->count; i++) {
		const struct sample *sample = &samples->sample[i];

		if (sg_slice_is(sample->name, name) &&
		    (!label || sg_slice_is(sample->label, label)))
			return sample;
	}
	return NULL;
}

double samples_value(const struct samples *samples, const char *name,
		     const char *label)
{
	const struct sample *sample = samples_find(samples, name, label);

	return sample ? sample->value : 0;
}

/* -- the server ------------------------------------------------------------ */

static int open_socket(const char *where, struct fault *fault)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_STREAM };
	const struct timeval patience = { PATIENCE, 0 };
	char host[HOST_MAX], service[8];
	struct addrinfo *found;
	int port, fd, err = 0;

	if (sg_host_port(where, host, sizeof(host), &port))
		return fault_set(fault, EINVAL,
				 "metrics = \"%s\" is no address and port",
				 where);
	snprintf(service, sizeof(service), "%d", port);
	if (getaddrinfo(host, service, &hints, &found))
		return fault_set(fault, EINVAL,
				 "metrics = \"%s\" is no address", where);
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen))
		err = fault_set(fault, errno,
				"no server answers at %s, where its metrics "
				"would be: %s", where, strerror(errno));
	freeaddrinfo(found);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

/* HTTP/1.0 ends with the connection: nothing else is to be counted. */
static size_t read_all(int fd, char *text, size_t room)
{
	static const char ask[] = "GET /metrics HTTP/1.0\r\n\r\n";
	size_t size = 0;
	ssize_t got = send(fd, ask, sizeof(ask) - 1, MSG_NOSIGNAL);

	while (got > 0 && size < room) {
		got = recv(fd, text + size, room - size, 0);
		if (got > 0)
			size += got;
	}
	return got ? 0 : size;
}

int samples_fetch(struct samples *samples, const char *where,
		  struct fault *fault)
{
	static const char good[] = "HTTP/1.0 200 ", also[] = "HTTP/1.1 200 ";
	int fd = open_socket(where, fault);
	const char *body;
	size_t size;

	if (fd < 0)
		return fd;
	size = read_all(fd, samples->text, sizeof(samples->text));
	close(fd);
	samples->when = clock_ns();
	body = memmem(samples->text, size, "\r\n\r\n", 4);
	if (!body || (memcmp(samples->text, good, sizeof(good) - 1) &&
		      memcmp(samples->text, also, sizeof(also) - 1)))
		return fault_set(fault, EPROTO,
				 "what answers at %s is no srtpgate-kms", where);
	body += 4;
	samples_parse(samples, (struct sg_slice){
				       body, samples->text + size - body });
	return 0;
}
