// SPDX-License-Identifier: GPL-2.0-only
#include "controller.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base64.h"
#include "lib/h248.h"
#include "lib/h248_transport.h"
#include "result.h"
#include "text.h"

enum {
	MESSAGE_MAX = 2000,	/* octets of one of ours */
	DATAGRAM_MAX = 8192,
	BATCH = 64,		/* datagrams a system call */
	WINDOW_MAX = 1024,
	OWNERS = 65536,		/* transactions that may be told apart */
	SOCKET_BUFFER = 8 << 20,
	POLL_MS = 10,
};

#define REPEAT_AFTER 0.5	/* s without an answer */
#define GIVE_UP_AFTER 10.0

/* A call under way. */
struct job {
	struct call *call;
	struct call own;	/* when nobody else keeps it */
	__u32 number;		/* of the call: its ports follow from it */
	enum call_step step;
	__u32 transaction;
	double begun, sent;	/* s */
	size_t size;
	char text[MESSAGE_MAX];
};

/* Datagrams on their way out. */
struct outbox {
	struct mmsghdr message[BATCH];
	struct iovec iov[BATCH];
	char text[BATCH][MESSAGE_MAX];
	int count;
};

struct controller {
	int socket;
	char mid[H248_ADDRESS_TEXT + 2];
	const struct side *access, *core;
	const char *folder;	/* NULL: nothing is recorded */
	__u32 next_transaction;
	__u32 unacknowledged;	/* the reply that came last; 0: none */
	__u32 audit;		/* transaction of an AuditValue; 0: none */
	bool audited;
	struct job jobs[WINDOW_MAX];
	__u16 owner[OWNERS];	/* place in .jobs, by transaction */
	/* Of the present run. */
	struct call *calls;
	__u32 begun, done, count;
	enum call_step first, last;
	__u32 made;		/* calls of all runs */
	struct outbox out;
	struct controller_counters counters;
	char in[BATCH][DATAGRAM_MAX];
	char arena[H248_ARENA_SIZE(DATAGRAM_MAX)];
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* -- sending ---------------------------------------------------------------- */

static void flush(struct controller *c)
{
	struct outbox *out = &c->out;
	int sent = 0;

	while (sent < out->count) {
		int got = sendmmsg(c->socket, out->message + sent,
				   out->count - sent, 0);

		/* A gateway that restarts has no socket for a while. */
		if (got < 0 && errno != ECONNREFUSED)
			result_fail("messages cannot be sent: %s",
				    strerror(errno));
		sent += got < 0 ? 1 : got;
	}
	c->counters.sent += sent;
	out->count = 0;
}

static void send_text(struct controller *c, const char *text, size_t size)
{
	struct outbox *out = &c->out;
	int i = out->count;

	memcpy(out->text[i], text, size);
	out->iov[i] = (struct iovec){ out->text[i], size };
	memset(&out->message[i], 0, sizeof(out->message[i]));
	out->message[i].msg_hdr.msg_iov = &out->iov[i];
	out->message[i].msg_hdr.msg_iovlen = 1;
	if (++out->count == BATCH)
		flush(c);
}

static void record(struct controller *c, const char *kind, __u32 transaction,
		   const char *text, size_t size)
{
	char path[512];
	FILE *file;

	if (!c->folder)
		return;
	snprintf(path, sizeof(path), "%s/%u-%s", c->folder, transaction, kind);
	file = fopen(path, "w");
	if (!file || fwrite(text, 1, size, file) != size || fclose(file))
		result_fail("%s cannot be written: %s", path, strerror(errno));
}

/* -- requests --------------------------------------------------------------- */

#define SDP "\nv=0\nc=IN IP4 %s\nm=audio $ RTP/%s 97 98\n"
#define SDP_REMOTE "\nv=0\nc=IN IP4 %s\nm=audio %u RTP/%s 97 98\n"
#define CRYPTO "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%s\n"
#define EVENTS "E=%u{hangterm/thb{timerx=3600},g/cause}"

static void make_key(char key[CALL_KEY])
{
	__u8 octets[30];

	if (getrandom(octets, sizeof(octets), 0) != sizeof(octets))
		result_fail("no random numbers: %s", strerror(errno));
	sg_base64_encode(key, octets, sizeof(octets));
	key[CALL_KEY - 1] = '\0';
}

static __u16 port_of(const struct job *job)
{
	return 10000 + job->number % 20000 * 2;
}

static const char *local_of(const struct side *side, const struct job *job)
{
	__u32 count = 0;

	while (side->local[count])
		count++;
	return side->local[job->number % count];
}

static void add_termination(struct text *text, const struct side *side,
			    const struct job *job, const char *profile)
{
	text_add(text, "A=ip/1/%s/${M{ST=1{O{MO=IN,ipdc/realm=\"%s\"},L{" SDP,
		 side->realm, side->realm, local_of(side, job), profile);
}

static void add_reserve(struct controller *c, struct text *text,
			const struct job *job)
{
	text_add(text, "C=${");
	add_termination(text, c->core, job, "AVP");
	text_add(text, "}}}," EVENTS "}}", 1);
}

static void add_connect(struct controller *c, struct text *text,
			struct job *job)
{
	struct call *call = job->call;

	make_key(call->ue_key);
	make_key(call->gateway_key);
	text_add(text, "C=%u{MF=%s{M{ST=1{R{" SDP_REMOTE "}}}},", call->context,
		 call->core, c->core->peer, port_of(job), "AVP");
	add_termination(text, c->access, job, "SAVP");
	text_add(text, CRYPTO "},R{" SDP_REMOTE CRYPTO "}}}," EVENTS "}}",
		 call->gateway_key, c->access->peer, port_of(job), "SAVP",
		 call->ue_key, 2);
}

static void add_step(struct controller *c, struct text *text, struct job *job)
{
	const struct call *call = job->call;

	switch (job->step) {
	case CALL_RESERVE:
		add_reserve(c, text, job);
		break;
	case CALL_CONNECT:
		add_connect(c, text, job);
		break;
	case CALL_THROUGH:
		text_add(text,
			 "C=%u{MF=%s{M{ST=1{O{MO=SR}}}},MF=%s{M{ST=1{O{MO=SR}"
			 "}}}}",
			 call->context, call->core, call->access);
		break;
	case CALL_RELEASE:
		text_add(text, "C=%u{W-S=*{AT{}}}", call->context);
		break;
	}
}

/* "!/2 [10.77.3.2]:2944 K{6} T=7{" */
static __u32 add_header(struct controller *c, struct text *text)
{
	text_add(text, "!/2 %s\n", c->mid);
	if (c->unacknowledged)
		text_add(text, "K{%u}", c->unacknowledged);
	c->unacknowledged = 0;
	text_add(text, "T=%u{", c->next_transaction);
	return c->next_transaction++;
}

static void request(struct controller *c, struct job *job)
{
	struct text text = TEXT(job->text);

	job->transaction = add_header(c, &text);
	c->owner[job->transaction % OWNERS] = job - c->jobs;
	add_step(c, &text, job);
	text_add(&text, "}");
	job->size = text.at - job->text;
	job->begun = job->sent = now();
	record(c, "request", job->transaction, job->text, job->size);
	send_text(c, job->text, job->size);
}

/* A next call takes this place, if there is one. */
static void begin(struct controller *c, struct job *job)
{
	job->transaction = 0;
	if (c->begun == c->count)
		return;
	job->call = c->calls ? &c->calls[c->begun] : &job->own;
	job->number = c->made++;
	job->step = c->first;
	c->begun++;
	request(c, job);
}

/* -- answers ---------------------------------------------------------------- */

static void wrong(const char *what, const char *text, size_t size)
{
	result_fail("%s: %.*s", what, (int)size, text);
}

static const struct h248_descriptor *media_of(const struct h248_command *one)
{
	return h248_descriptor_find(one->descriptors, H248_MEDIA);
}

/* The port of "m=audio 30000 RTP/AVP 97 98"; 0: there is none. */
static __u16 local_port(const struct h248_command *one)
{
	const struct h248_descriptor *media = media_of(one);
	const struct h248_stream *stream;
	char text[512];
	const char *line;
	__u16 port;

	stream = media ? media->media.streams : NULL;
	if (!stream || stream->local.text.size >= sizeof(text))
		return 0;
	memcpy(text, stream->local.text.at, stream->local.text.size);
	text[stream->local.text.size] = '\0';
	line = strstr(text, "m=audio ");
	return line && sscanf(line, "m=audio %hu RTP/", &port) == 1 ? port : 0;
}

static bool take_added(const struct h248_command *one, char name[CALL_NAME],
		       __u16 *port)
{
	struct sg_slice termination = one ? one->termination.name :
					    SG_SLICE("");

	if (!one || one->verb != H248_ADD || !termination.size ||
	    termination.size >= CALL_NAME)
		return false;
	memcpy(name, termination.at, termination.size);
	name[termination.size] = '\0';
	*port = local_port(one);
	return *port;
}

static bool is_modify(const struct h248_command *one, const char *name)
{
	return one && one->verb == H248_MODIFY &&
	       sg_slice_is_nocase(one->termination.name, name);
}

static bool is_error(const struct h248_transaction *reply)
{
	const struct h248_action *action = reply->actions;
	const struct h248_command *one;

	if (reply->error || !action || action->next || action->error)
		return true;
	for (one = action->commands; one; one = one->next)
		if (h248_descriptor_find(one->descriptors, H248_ERROR))
			return true;
	return false;
}

/* What the step's reply must say. */
static bool is_right(struct job *job, const struct h248_transaction *reply)
{
	const struct h248_action *action = reply->actions;
	const struct h248_command *one = is_error(reply) ? NULL :
							   action->commands;
	struct call *call = job->call;

	if (!one || (job->step != CALL_RESERVE &&
		     action->context != call->context))
		return false;
	switch (job->step) {
	case CALL_RESERVE:
		call->context = action->context;
		return call->context && !one->next &&
		       take_added(one, call->core, &call->core_port);
	case CALL_CONNECT:
		return is_modify(one, call->core) &&
		       take_added(one->next, call->access,
				  &call->access_port);
	case CALL_THROUGH:
		return is_modify(one, call->core) &&
		       is_modify(one->next, call->access);
	case CALL_RELEASE:
		return one->verb == H248_SUBTRACT;
	}
	return false;
}

static void take_reply(struct controller *c,
		       const struct h248_transaction *reply, const char *text,
		       size_t size)
{
	struct job *job = &c->jobs[c->owner[reply->id % OWNERS]];

	if (reply->id == c->audit) {
		c->audited = !is_error(reply);
		c->audit = 0;
		c->unacknowledged = reply->id;
		return;
	}
	if (job->transaction != reply->id)
		return;		/* the answer to a repeat */
	record(c, "reply", reply->id, text, size);
	if (!is_right(job, reply))
		wrong("the gateway answered", text, size);
	c->unacknowledged = reply->id;
	if (job->step != c->last) {
		job->step++;
		request(c, job);
		return;
	}
	c->done++;
	begin(c, job);
}

/* The gateway's own requests: ServiceChange, Notify. */
static void answer(struct controller *c, const struct h248_message *message,
		   const struct h248_transaction *request)
{
	const struct h248_command *one = request->actions->commands;
	char octets[MESSAGE_MAX];
	struct text text = TEXT(octets);

	text_add(&text, "!/%u %s\nP=%u{C=", message->version, c->mid,
		 request->id);
	if (request->actions->context)
		text_add(&text, "%u", request->actions->context);
	else
		text_add(&text, "-");
	text_add(&text, "{%s=%.*s}}", one->verb == H248_NOTIFY ? "N" : "SC",
		 (int)one->termination.name.size, one->termination.name.at);
	send_text(c, octets, text.at - octets);
}

static void take(struct controller *c, char *text, size_t size)
{
	const struct h248_transaction *one;
	struct h248_message message;
	struct h248_fault fault;

	c->counters.received++;
	if (h248_parse(&message, c->arena, sizeof(c->arena), text, size,
		       &fault))
		wrong(fault.text, text, size);
	if (message.error)
		wrong("the gateway refuses a message", text, size);
	for (one = message.transactions; one; one = one->next)
		if (one->kind == H248_REPLY)
			take_reply(c, one, text, size);
		else if (one->kind == H248_TRANSACTION)
			answer(c, &message, one);
}

static void receive(struct controller *c)
{
	struct pollfd ready = { c->socket, POLLIN, 0 };
	struct mmsghdr message[BATCH];
	struct iovec iov[BATCH];
	int got;

	if (poll(&ready, 1, POLL_MS) <= 0)
		return;
	memset(message, 0, sizeof(message));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ c->in[i], DATAGRAM_MAX };
		message[i].msg_hdr.msg_iov = &iov[i];
		message[i].msg_hdr.msg_iovlen = 1;
	}
	got = recvmmsg(c->socket, message, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++)
		take(c, c->in[i], message[i].msg_len);
	flush(c);
}

/* -- runs ------------------------------------------------------------------- */

static void repeat(struct controller *c, __u32 window)
{
	double time = now();

	for (__u32 i = 0; i < window; i++) {
		struct job *job = &c->jobs[i];

		if (!job->transaction || time - job->sent < REPEAT_AFTER)
			continue;
		if (time - job->begun > GIVE_UP_AFTER)
			wrong("the gateway does not answer", job->text,
			      job->size);
		send_text(c, job->text, job->size);
		c->counters.repeated++;
		job->sent = time;
	}
	flush(c);
}

void controller_run(struct controller *c, struct call *calls, __u32 count,
		    enum call_step first, enum call_step last, __u32 window)
{
	double looked = now();

	if (window > WINDOW_MAX)
		result_fail("at most %d calls at a time", WINDOW_MAX);
	c->calls = calls;
	c->count = count;
	c->begun = c->done = 0;
	c->first = first;
	c->last = last;
	for (__u32 i = 0; i < window; i++)
		begin(c, &c->jobs[i]);
	flush(c);
	while (c->done < count) {
		receive(c);
		if (now() - looked > REPEAT_AFTER / 2) {
			repeat(c, window);
			looked = now();
		}
	}
}

void controller_audit(struct controller *c, double seconds)
{
	double start = now(), asked = 0;
	char octets[MESSAGE_MAX];

	for (c->audited = false; !c->audited; receive(c)) {
		struct text text = TEXT(octets);

		if (now() - start > seconds)
			result_fail("the gateway does not answer an audit");
		if (now() - asked < POLL_MS / 1e3)
			continue;
		asked = now();
		c->audit = add_header(c, &text);
		text_add(&text, "C=-{AV=ROOT{AT{}}}}");
		send_text(c, octets, text.at - octets);
		flush(c);
	}
}

void controller_record(struct controller *c, const char *folder)
{
	c->folder = folder;
}

const struct controller_counters *
controller_counters(const struct controller *c)
{
	return &c->counters;
}

/* -- opening ---------------------------------------------------------------- */

static void parse(struct h248_address *address, const char *text)
{
	address->protocol = H248_UDP;
	if (h248_address_parse(address, text) ||
	    address->any.sa_family != AF_INET)
		result_fail("\"%s\" is no IPv4 address with a port", text);
}

struct controller *controller_open(const char *local, const char *gateway)
{
	struct controller *c = calloc(1, sizeof(*c));
	const int size = SOCKET_BUFFER;
	struct h248_address here, there;
	char host[INET_ADDRSTRLEN];

	if (!c)
		result_fail("out of memory");
	parse(&here, local);
	parse(&there, gateway);
	inet_ntop(AF_INET, &here.v4.sin_addr, host, sizeof(host));
	snprintf(c->mid, sizeof(c->mid), "[%s]:%u", host,
		 ntohs(here.v4.sin_port));
	c->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (c->socket < 0 ||
	    bind(c->socket, &here.any, sizeof(here.v4)) ||
	    connect(c->socket, &there.any, sizeof(there.v4)))
		result_fail("%s cannot talk to %s: %s", local, gateway,
			    strerror(errno));
	setsockopt(c->socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	/* Not those that an earlier controller at this address had. */
	c->next_transaction = (time(NULL) & 0x7fff) << 16 | 1;
	return c;
}

void controller_sides(struct controller *c, const struct side *access,
		      const struct side *core)
{
	c->access = access;
	c->core = core;
}

void controller_close(struct controller *c)
{
	close(c->socket);
	free(c);
}
