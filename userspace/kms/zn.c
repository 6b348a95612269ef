// SPDX-License-Identifier: GPL-2.0-only
#include "kms/zn.h"

#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "lib/log.h"
#include "lib/secret.h"

const struct zn_timing zn_timing = {
	.connect_ms = 5000,
	.retry_ms = 1000,
	.retry_max_ms = 30000,
	.watchdog_ms = 30000,
	.answer_ms = 3000,
};

enum { BUCKETS = 1024 };	/* of questions under way */

struct user_query {
	struct user_query *next;
	struct zn *zn;
	struct zn_peer *peer;	/* who was asked last */
	unsigned asked;		/* a bit for each peer that was */
	struct event *deadline;
	user_found *done;
	void *arg;
	struct zn_question question;
	char btid[USER_BTID_MAX];
};

struct zn {
	struct zn_setting setting;
	struct zn_self self;
	struct zn_peer_setting address[ZN_PEERS_MAX];
	struct zn_peer *peer[ZN_PEERS_MAX];
	SSL_CTX *tls;
	struct event_base *base;
	struct user_source source;
	struct user_query *query[BUCKETS]; /* by hop-by-hop identifier */
	__u32 hop, session;
	bool warned;
	struct user answer;
};

/* -- questions under way --------------------------------------------------- */

static struct user_query **place(struct zn *zn, __u32 hop)
{
	struct user_query **at = &zn->query[hop % BUCKETS];

	while (*at && (*at)->question.hop != hop)
		at = &(*at)->next;
	return at;
}

static void remove_query(struct user_query *query)
{
	struct user_query **at = place(query->zn, query->question.hop);

	*at = query->next;
	event_free(query->deadline);
	free(query);
}

/* The query is over before anybody hears of it. */
static void finish(struct user_query *query, int err, const struct user *user)
{
	user_found *done = query->done;
	void *arg = query->arg;

	remove_query(query);
	done(arg, err, user);
}

static int ask(struct user_query *query, struct zn_peer *peer)
{
	struct zn *zn = query->zn;
	__u8 buffer[ZN_REQUEST_MAX];
	int size = zn_print_bi(buffer, sizeof(buffer), &zn->self,
			       &query->question);

	return size < 0 ? size : zn_peer_send(peer, buffer, size);
}

/* Asks the first peer that is open and was not asked; -EAGAIN: none is. */
static int ask_next(struct user_query *query)
{
	struct zn *zn = query->zn;

	for (int i = 0; i < zn->setting.peers; i++) {
		if (query->asked & 1u << i || ask(query, zn->peer[i]))
			continue;
		query->asked |= 1u << i;
		query->peer = zn->peer[i];
		query->question.again = true;
		return 0;
	}
	return -EAGAIN;
}

static void answered(void *arg, const struct diameter_header *header,
		     struct sg_cursor avps)
{
	struct zn *zn = arg;
	struct user_query *query = *place(zn, header->hop);
	int err;

	if (!query || header->end != query->question.end)
		return; /* too late, or nobody asked */
	err = zn_parse_bi(&zn->answer, avps);
	if (!err && zn->answer.expires &&
	    zn->answer.expires <= (__u64)time(NULL))
		err = -ENOENT;
	if (err == -EPROTO && !zn->warned) {
		sg_warning("the BSF gives answers that are none, or without "
			   "a key for this server; look at its log");
		zn->warned = true;
	}
	/* Busy, or without a way to the BSF: another may do better. */
	if (err == -EAGAIN && !ask_next(query))
		return;
	finish(query, err == -EPROTO ? -EAGAIN : err, err ? NULL : &zn->answer);
	user_wipe(&zn->answer);
}

/* Each is removed or moved to another peer: from the start again then. */
static struct user_query *asked_of(struct zn *zn, struct zn_peer *peer)
{
	for (int i = 0; i < BUCKETS; i++)
		for (struct user_query *q = zn->query[i]; q; q = q->next)
			if (q->peer == peer)
				return q;
	return NULL;
}

static void lost(void *arg, struct zn_peer *peer)
{
	struct zn *zn = arg;
	struct user_query *query;

	while ((query = asked_of(zn, peer))) {
		query->peer = NULL;
		if (ask_next(query))
			finish(query, -EAGAIN, NULL);
	}
}

static void too_late(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, -EAGAIN, NULL);
}

static struct user_query *new_query(struct zn *zn, struct sg_slice btid)
{
	const struct zn_timing *timing = &zn->setting.timing;
	struct timeval time = { timing->answer_ms / 1000,
				timing->answer_ms % 1000 * 1000 };
	struct user_query *query = calloc(1, sizeof(*query));

	if (!query)
		return NULL;
	query->zn = zn;
	query->deadline = evtimer_new(zn->base, too_late, query);
	if (!query->deadline || event_add(query->deadline, &time)) {
		if (query->deadline)
			event_free(query->deadline);
		free(query);
		return NULL;
	}
	memcpy(query->btid, btid.at, btid.size);
	query->question = (struct zn_question){
		.btid = { query->btid, btid.size },
		.realm = zn->setting.bsf_realm,
		.host = zn->setting.bsf_host,
		.session = zn->session++,
		.hop = zn->hop,
		.end = zn->hop++,
	};
	query->next = zn->query[query->question.hop % BUCKETS];
	zn->query[query->question.hop % BUCKETS] = query;
	return query;
}

/* A realm is the name of a domain; what else follows the '@' goes nowhere. */
static bool has_domain(struct sg_slice btid)
{
	const char *at = btid.size ? memchr(btid.at, '@', btid.size) : NULL;
	struct gba_naf_id name;

	return at && !gba_naf_id(&name, (struct sg_slice){
						at + 1,
						btid.at + btid.size - at - 1 });
}

static struct user_query *find(void *source, struct sg_slice btid,
			       user_found *done, void *arg)
{
	struct user_query *query = NULL;

	if (btid.size > USER_BTID_MAX || !has_domain(btid)) {
		done(arg, -ENOENT, NULL);
		return NULL;
	}
	query = new_query(source, btid);
	if (query && !ask_next(query)) {
		query->done = done;
		query->arg = arg;
		return query;
	}
	if (query)
		remove_query(query);
	done(arg, -EAGAIN, NULL);
	return NULL;
}

static void cancel(void *source, struct user_query *query)
{
	(void)source;
	if (query)
		remove_query(query);
}

/* -- opening --------------------------------------------------------------- */

static int open_tls(struct zn *zn, struct fault *fault)
{
	const struct zn_setting *s = &zn->setting;

	zn->tls = SSL_CTX_new(TLS_client_method());
	if (!zn->tls ||
	    !SSL_CTX_set_min_proto_version(zn->tls, TLS1_2_VERSION))
		return fault_set(fault, ENOMEM, "out of memory");
	if (!s->ca || !SSL_CTX_load_verify_file(zn->tls, s->ca))
		return fault_set(fault, EINVAL,
				 "Zn over TLS needs the certificates that a "
				 "BSF's may be signed by; %s has none",
				 s->ca ? s->ca : "no file");
	if (!s->certificate || !s->key ||
	    SSL_CTX_use_certificate_chain_file(zn->tls, s->certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(zn->tls, s->key, SSL_FILETYPE_PEM) !=
		    1 ||
	    SSL_CTX_check_private_key(zn->tls) != 1)
		return fault_set(fault, EINVAL,
				 "Zn over TLS needs this server's certificate "
				 "and its key; those configured do not do");
	return 0;
}

static int find_address(struct zn *zn, int number, struct fault *fault)
{
	const struct zn_address *from = &zn->setting.peer[number];
	struct zn_peer_setting *to = &zn->address[number];
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found;
	const char *port = from->port;
	int err;

	if (!port)
		port = from->tls ? "5658" : "3868";
	if (from->tls && !from->host)
		return fault_set(fault, EINVAL,
				 "for the BSF %s over TLS configure its name, "
				 "which its certificate must have",
				 from->node);
	err = getaddrinfo(from->node, port, &hints, &found);
	if (err)
		return fault_set(fault, EHOSTUNREACH,
				 "the BSF %s port %s is nowhere: %s",
				 from->node, port, gai_strerror(err));
	to->name = from->node;
	to->host = from->host;
	to->tls = from->tls;
	memcpy(&to->address, found->ai_addr, found->ai_addrlen);
	to->size = found->ai_addrlen;
	freeaddrinfo(found);
	return from->tls && !zn->tls ? open_tls(zn, fault) : 0;
}

static int open_peers(struct zn *zn, struct fault *fault)
{
	const struct zn_peer_owner owner = { answered, lost, zn };
	int err;

	for (int i = 0; i < zn->setting.peers; i++) {
		err = find_address(zn, i, fault);
		if (err)
			return err;
		zn->peer[i] = zn_peer_new(zn->base, &zn->self, &zn->address[i],
					  zn->tls, &zn->setting.timing,
					  &owner);
		if (!zn->peer[i])
			return fault_set(fault, ENOMEM, "out of memory");
	}
	return 0;
}

static int open_self(struct zn *zn, struct fault *fault)
{
	struct zn_self *self = &zn->self;

	self->host = zn->setting.host;
	self->realm = zn->setting.realm;
	self->service = zn->setting.service;
	self->state = time(NULL);
	if (gba_naf_id(&self->naf, sg_slice_of(zn->setting.name)))
		return fault_set(fault, EINVAL,
				 "the server's name %s is not one of a host",
				 zn->setting.name);
	if (getrandom(&zn->hop, sizeof(zn->hop), 0) != sizeof(zn->hop))
		return fault_set(fault, errno, "no random numbers");
	return 0;
}

int zn_open(struct zn **opened, struct event_base *base,
	    const struct zn_setting *setting, struct fault *fault)
{
	struct zn *zn = calloc(1, sizeof(*zn));
	int err;

	if (!zn)
		return fault_set(fault, ENOMEM, "out of memory");
	zn->setting = *setting;
	zn->base = base;
	zn->source = (struct user_source){ "bsf", find, cancel, zn };
	err = open_self(zn, fault);
	if (!err)
		err = open_peers(zn, fault);
	if (err)
		zn_close(zn);
	else
		*opened = zn;
	return err;
}

void zn_close(struct zn *zn)
{
	if (!zn)
		return;
	for (int i = 0; i < BUCKETS; i++)
		while (zn->query[i])
			remove_query(zn->query[i]);
	for (int i = 0; i < zn->setting.peers; i++)
		zn_peer_free(zn->peer[i]);
	SSL_CTX_free(zn->tls);
	sg_secret_zero(zn, sizeof(*zn));
	free(zn);
}

const struct user_source *zn_source(struct zn *zn)
{
	return &zn->source;
}

bool zn_is_open(const struct zn *zn)
{
	for (int i = 0; i < zn->setting.peers; i++)
		if (zn->peer[i] && zn_peer_is_open(zn->peer[i]))
			return true;
	return false;
}
