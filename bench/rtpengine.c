// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "lib/secret.h"
#include "result.h"
#include "rtpengine.h"
#include "text.h"

enum {
	CONTROL_PORT = 2223,
	TEXT_MAX = 4096,
	TRIES = 100,		/* of TRY_MS each, for the daemon to come up */
	TRY_MS = 100,
	ANSWER_MS = 2000,
};

#define SUITE "AES_CM_128_HMAC_SHA1_80"

/* -- the ng protocol: a cookie, a space, a bencoded dictionary ------------- */

static void add_string(struct text *text, const char *string)
{
	text_add(text, "%zu:%s", strlen(string), string);
}

static void add_pair(struct text *text, const char *key, const char *value)
{
	add_string(text, key);
	add_string(text, value);
}

static void add_list(struct text *text, const char *key, const char *first,
		     const char *second)
{
	add_string(text, key);
	text_add(text, "l");
	add_string(text, first);
	if (second)
		add_string(text, second);
	text_add(text, "e");
}

/* Value of the string @key in a reply; the dictionary's keys are unique. */
static int find_string(const char *reply, const char *key, char *value,
		       size_t size)
{
	char wanted[32];
	const char *at;
	char *colon;
	size_t length;

	snprintf(wanted, sizeof(wanted), "%zu:%s", strlen(key), key);
	at = strstr(reply, wanted);
	if (!at)
		return -EPROTO;
	length = strtoul(at + strlen(wanted), &colon, 10);
	if (*colon != ':' || length >= size || strlen(colon + 1) < length)
		return -EPROTO;
	memcpy(value, colon + 1, length);
	value[length] = 0;
	return 0;
}

/* Sends "d...e"; the answer to this cookie into @reply. */
static int request(struct rtpengine *engine, const struct text *body,
		   char *reply, size_t size, int timeout_ms)
{
	struct pollfd poll_control = { engine->control, POLLIN, 0 };
	char cookie[16], octets[TEXT_MAX];
	struct text message = TEXT(octets);
	ssize_t got;

	snprintf(cookie, sizeof(cookie), "%u ", ++engine->cookie);
	text_add(&message, "%s%s", cookie, body->start);
	if (send(engine->control, octets, message.at - octets, 0) < 0)
		return -errno;
	for (;;) {
		if (poll(&poll_control, 1, timeout_ms) <= 0)
			return -ETIMEDOUT;
		got = recv(engine->control, reply, size - 1, 0);
		if (got < 0)
			return -errno;
		reply[got] = 0;
		if (!strncmp(reply, cookie, strlen(cookie)))
			return 0;
	}
}

/* -- the daemon ------------------------------------------------------------ */

static void daemon_become(__be32 left, __be32 right, int cpu)
{
	char left_text[40], right_text[40], control[40];
	int null = open("/dev/null", O_RDWR);
	struct in_addr address;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	setpriority(PRIO_PROCESS, 0, -20);	/* as the gateway's thread */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	address.s_addr = left;
	snprintf(left_text, sizeof(left_text), "--interface=left/%s",
		 inet_ntoa(address));
	address.s_addr = right;
	snprintf(right_text, sizeof(right_text), "--interface=right/%s",
		 inet_ntoa(address));
	snprintf(control, sizeof(control), "--listen-ng=127.0.0.1:%d",
		 CONTROL_PORT);
	execlp("rtpengine", "rtpengine", "--config-file=none", "--foreground",
	       "--log-stderr", "--log-level=3", "--table=-1", left_text,
	       right_text, control, "--port-min=40000", "--port-max=49999",
	       "--timeout=3600", "--silent-timeout=86400",
	       "--endpoint-learning=off", "--num-threads=1", (char *)NULL);
	_exit(127);
}

static int control_open(struct rtpengine *engine)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(CONTROL_PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	engine->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (engine->control < 0 ||
	    connect(engine->control, (void *)&to, sizeof(to)))
		return -errno;
	return 0;
}

/* Is it there, and does it answer? */
static int wait_ready(struct rtpengine *engine)
{
	char octets[TEXT_MAX], reply[TEXT_MAX];
	struct text ping = TEXT(octets);
	int status;

	text_add(&ping, "d");
	add_pair(&ping, "command", "ping");
	text_add(&ping, "e");
	for (int i = 0; i < TRIES; i++) {
		if (waitpid(engine->pid, &status, WNOHANG) == engine->pid) {
			engine->pid = 0;
			return WIFEXITED(status) && WEXITSTATUS(status) == 127 ?
				       -ENOENT : -ECHILD;
		}
		if (!request(engine, &ping, reply, sizeof(reply), TRY_MS))
			return 0;
		poll(NULL, 0, TRY_MS);
	}
	return -ETIMEDOUT;
}

int rtpengine_start(struct rtpengine *engine, __be32 left, __be32 right,
		    int cpu)
{
	int err;

	memset(engine, 0, sizeof(*engine));
	err = control_open(engine);
	if (err)
		return err;
	engine->pid = fork();
	if (engine->pid < 0)
		return -errno;
	if (!engine->pid)
		daemon_become(left, right, cpu);
	err = wait_ready(engine);
	if (err)
		rtpengine_stop(engine);
	return err;
}

void rtpengine_stop(struct rtpengine *engine)
{
	if (engine->pid > 0) {
		kill(engine->pid, SIGKILL);
		waitpid(engine->pid, NULL, 0);
	}
	engine->pid = 0;
	close(engine->control);
}

/* -- calls ----------------------------------------------------------------- */

enum { KEY = 16, SALT = 14, INLINE = KEY + SALT }; /* bytes, of SUITE */

static void make_sdp(struct text *sdp, __be32 address, __be16 port,
		     const struct sg_master_key *key, const char *tag)
{
	struct in_addr in = { address };
	char inline_key[INLINE / 3 * 4 + 1];
	__u8 bytes[INLINE];
	const char *text = inet_ntoa(in);

	text_add(sdp,
		 "v=0\r\no=- 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\n"
		 "t=0 0\r\nm=audio %u RTP/%s 8\r\na=sendrecv\r\n",
		 text, text, ntohs(port), key ? "SAVP" : "AVP");
	if (!key)
		return;
	memcpy(bytes, key->key, KEY);
	memcpy(bytes + KEY, key->salt, SALT);
	EVP_EncodeBlock((void *)inline_key, bytes, sizeof(bytes));
	text_add(sdp, "a=crypto:%s " SUITE " inline:%s\r\n", tag, inline_key);
	sg_secret_zero(bytes, sizeof(bytes));
	sg_secret_zero(inline_key, sizeof(inline_key));
}

/* The port of the first media line. */
static int sdp_port(const char *sdp, __be16 *port)
{
	const char *line = strstr(sdp, "m=audio ");

	if (!line)
		return -EPROTO;
	*port = htons(atoi(line + strlen("m=audio ")));
	return 0;
}

/* The key that the relay offers for SUITE, and the crypto line's tag. */
static int sdp_key(const char *sdp, struct sg_master_key *key, char tag[12])
{
	static const char wanted[] = " " SUITE " inline:";
	const char *line = strstr(sdp, wanted), *start = line;
	char base64[INLINE / 3 * 4 + 1];

	if (!line)
		return -EPROTO;
	while (start > sdp && start[-1] != ':')
		start--;
	snprintf(tag, 12, "%.*s", (int)(line - start), start);
	snprintf(base64, sizeof(base64), "%s", line + strlen(wanted));
	key->suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80;
	return sg_master_key_parse(key, base64);
}

static void begin(struct text *body, const char *command, int number,
		  const struct text *sdp)
{
	char id[32];

	snprintf(id, sizeof(id), "bench-%d", number);
	text_add(body, "d");
	add_pair(body, "command", command);
	add_pair(body, "call-id", id);
	add_pair(body, "from-tag", "left");
	add_pair(body, "sdp", sdp->start);
	add_pair(body, "ICE", "remove");
	add_list(body, "flags", "trust-address", NULL);
}

static int exchange(struct rtpengine *engine, struct text *body, char *sdp)
{
	char reply[TEXT_MAX];
	int err;

	text_add(body, "e");
	err = request(engine, body, reply, sizeof(reply), ANSWER_MS);
	if (!err)
		err = find_string(reply, "sdp", sdp, TEXT_MAX);
	if (err)
		result_note("rtpengine refuses a call: %s", strerror(-err));
	return err;
}

int rtpengine_call(struct rtpengine *engine, struct rtpengine_call *call,
		   int number)
{
	char session[TEXT_MAX], octets[TEXT_MAX], reply[TEXT_MAX];
	char tag[12] = "1";
	struct text sdp = TEXT(session), body = TEXT(octets);
	int err;

	make_sdp(&sdp, call->left, call->left_port,
		 call->left_srtp ? call->left_key : NULL, tag);
	begin(&body, "offer", number, &sdp);
	add_list(&body, "direction", "left", "right");
	add_pair(&body, "transport-protocol",
		 call->left_srtp ? "RTP/AVP" : "RTP/SAVP");
	err = exchange(engine, &body, reply);
	if (!err && !call->left_srtp)
		err = sdp_key(reply, &call->right_key, tag);
	if (err)
		return err;

	sdp = TEXT(session);
	body = TEXT(octets);
	make_sdp(&sdp, call->right, call->right_port,
		 call->left_srtp ? NULL : call->left_key, tag);
	begin(&body, "answer", number, &sdp);
	add_pair(&body, "to-tag", "right");
	err = exchange(engine, &body, reply);
	return err ? err : sdp_port(reply, &call->local_port);
}
