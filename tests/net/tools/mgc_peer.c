// SPDX-License-Identifier: GPL-2.0-only
#include "mgc_peer.h"

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char arena[H248_ARENA_SIZE(MGC_TEXT)];

static socklen_t size_of(const struct h248_address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4)
						 : sizeof(address->v6);
}

/* With its port, which an mId has behind the brackets. */
static void write_name(struct mgc_peer *peer, const struct h248_address *local)
{
	char text[H248_ADDRESS_TEXT], *colon;

	h248_address_format(text, local);
	colon = strrchr(text, ':');
	snprintf(peer->name, sizeof(peer->name),
		 *text == '[' ? "%.*s%s" : "[%.*s]%s", (int)(colon - text),
		 text, colon);
}

void mgc_open(struct mgc_peer *peer, const char *local, const char *gateway)
{
	struct h248_address ours = {.protocol = H248_UDP};
	int buffer = 4 << 20;

	if (h248_address_parse(&ours, local) ||
	    h248_address_parse(&peer->gateway, gateway))
		errx(2, "%s, %s: want address:port", local, gateway);
	write_name(peer, &ours);
	/* A controller that came back soon would get old answers else. */
	peer->next_id = time(NULL) % 1000000 * 1000 + 1;
	peer->fd = socket(ours.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (peer->fd < 0 || bind(peer->fd, &ours.any, size_of(&ours)))
		err(2, "%s", local);
	setsockopt(peer->fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer,
		   sizeof(buffer));
}

void mgc_send(struct mgc_peer *peer, const char *text, size_t size)
{
	/* A gateway that is down refuses: to a controller that is a loss. */
	if (sendto(peer->fd, text, size, 0, &peer->gateway.any,
		   size_of(&peer->gateway)) < 0 &&
	    errno != ECONNREFUSED && errno != EAGAIN)
		err(2, "sendto");
}

void mgc_say(const char *what, const char *text, size_t size)
{
	printf("%s ", what);
	for (size_t i = 0; i < size; i++)
		putchar(text[i] == '\n' || text[i] == '\r' ? ' ' : text[i]);
	putchar('\n');
	fflush(stdout);
}

/* -- what the gateway wants ------------------------------------------------ */

static void print_context(FILE *out, __u32 context)
{
	if (context == H248_CONTEXT_NULL)
		fputs("C=-{", out);
	else
		fprintf(out, "C=%u{", context);
}

/* True: it registered, in version 1 whatever it offers. */
static bool print_reply(FILE *out, struct mgc_peer *peer,
			const struct h248_command *command)
{
	const struct h248_descriptor *services =
		h248_descriptor_find(command->descriptors, H248_SERVICES);

	fprintf(out, "%s=%.*s", command->verb == H248_NOTIFY ? "N" : "SC",
		(int)command->termination.name.size,
		command->termination.name.at);
	if (!services)
		return false;
	if (services->services->version)
		fprintf(out, "{SV{V=%u}}", services->services->version);
	peer->registrations += services->services->version != 0;
	return services->services->version;
}

static void answer(struct mgc_peer *peer,
		   const struct h248_transaction *request)
{
	char *body = NULL, text[4096];
	size_t size;
	FILE *out = open_memstream(&body, &size);
	bool registered = false;
	int length;

	for (const struct h248_action *a = request->actions; a; a = a->next) {
		print_context(out, a->context);
		for (const struct h248_command *c = a->commands; c;
		     c = c->next) {
			registered |= print_reply(out, peer, c);
			fputs(c->next ? "," : "}", out);
		}
		fputs(a->next ? "," : "", out);
	}
	fclose(out);
	length = snprintf(text, sizeof(text), "!/%d %s P=%u{%s}",
			  registered ? 1 : 2, peer->name, request->id, body);
	free(body);
	mgc_send(peer, text, length);
}

/* -- receiving --------------------------------------------------------------- */

static void acknowledge(struct mgc_peer *peer, uint32_t id)
{
	char text[128];

	mgc_send(peer, text,
		 snprintf(text, sizeof(text), "!/2 %s K{%u}", peer->name, id));
}

static void serve(struct mgc_peer *peer)
{
	for (const struct h248_transaction *t = peer->message.transactions; t;
	     t = t->next) {
		if (t->kind == H248_REPLY && t->ack_required)
			acknowledge(peer, t->id);
		if (t->kind != H248_TRANSACTION)
			continue;
		mgc_say("request", peer->text, peer->size);
		if (!peer->mute)
			answer(peer, t);
	}
}

bool mgc_receive(struct mgc_peer *peer, int wait)
{
	struct pollfd set = {.fd = peer->fd, .events = POLLIN};
	struct h248_fault fault;
	ssize_t size;

	if (poll(&set, 1, wait) <= 0)
		return false;
	size = recv(peer->fd, peer->text, sizeof(peer->text) - 1, 0);
	if (size <= 0)
		return false;
	peer->text[size] = '\0';
	peer->size = size;
	if (h248_parse(&peer->message, arena, sizeof(arena), peer->text, size,
		       &fault)) {
		mgc_say("trouble", peer->text, size);
		return false;
	}
	serve(peer);
	return true;
}

const struct h248_transaction *mgc_reply(const struct mgc_peer *peer,
					 uint32_t id)
{
	for (const struct h248_transaction *t = peer->message.transactions; t;
	     t = t->next)
		if (t->id == id && t->kind != H248_TRANSACTION &&
		    t->kind != H248_RESPONSE_ACK)
			return t;
	return NULL;
}
