// SPDX-License-Identifier: GPL-2.0-only
#include "mgc_call.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base64.h"

static const char *const hosts[] = {"10.77.2.2", "10.77.1.2"};
static const char *const realms[] = {"core", "access"};

/* -- writing ------------------------------------------------------------------ */

static void put_key(FILE *out, struct random *random, const char *suite)
{
	char text[SG_BASE64_SIZE(30) + 1] = "";
	__u8 key[30];

	random_bytes(random, key, sizeof(key));
	sg_base64_encode(text, key, sizeof(key));
	fprintf(out, "a=crypto:1 %s inline:%s\n", suite, text);
}

static const char *any_suite(struct random *random)
{
	return random_once_in(random, 2) ? "AES_CM_128_HMAC_SHA1_80"
					 : "AES_CM_128_HMAC_SHA1_32";
}

static void put_sdp(FILE *out, const char *address, unsigned int port,
		    const struct call_stream *stream, const char *suite,
		    struct random *random)
{
	fprintf(out, "\nv=0\nc=IN IP4 %s\n", address);
	if (port)
		fprintf(out, "m=audio %u", port);
	else
		fputs("m=audio $", out);
	fprintf(out, " RTP/%sAVP 0\n", stream->secure ? "S" : "");
	if (stream->keyed)
		put_key(out, random, suite);
}

static enum h248_token any_mode(struct random *random)
{
	static const enum h248_token modes[] = {
		H248_SEND_RECEIVE, H248_SEND_RECEIVE, H248_SEND_ONLY,
		H248_RECEIVE_ONLY, H248_INACTIVE,
	};

	return modes[random_below(random, 5)];
}

static const char *local_address(const struct call_leg *leg, unsigned int port)
{
	if (!port)
		return "$";
	return leg->access ? "10.77.1.1" : "10.77.2.1";
}

/* Local and Remote as they are in @stream, keys made up. */
static void put_descriptors(FILE *out, const struct call_leg *leg,
			    const struct call_stream *stream,
			    struct random *random)
{
	const char *suite = any_suite(random);

	fputs(",L{", out);
	put_sdp(out, local_address(leg, stream->port), stream->port, stream,
		suite, random);
	fputs("}", out);
	if (!stream->remote)
		return;
	fputs(",R{", out);
	put_sdp(out, hosts[leg->access], stream->remote, stream, suite, random);
	fputs("}", out);
}

static void put_stream(FILE *out, const struct call_leg *leg, int number,
		       struct random *random)
{
	const struct call_stream *stream = &leg->stream[number];

	fprintf(out, "ST=%d{O{MO=%s,ipdc/realm=\"%s\"", number + 1,
		h248_token_name(stream->mode), realms[leg->access]);
	if (random_once_in(random, 4))
		fputs(",ds/dscp=2E", out);
	if (random_once_in(random, 4))
		fputs(",gm/saf=ON", out);
	if (random_once_in(random, 4))
		fputs(",tman/pol=ON,tman/pdr=20000,tman/mbs=4000", out);
	fputs("}", out);
	put_descriptors(out, leg, stream, random);
	fputs("}", out);
}

static void put_extras(FILE *out, struct random *random)
{
	if (random_once_in(random, 3))
		fputs(",E=7{hangterm/thb{timerx=3600},"
		      "adid/ipstop{dt=600,dir=BOTH},g/cause}",
		      out);
	if (random_once_in(random, 4))
		fputs(",SG{ipnapt/latch{ST=1,napt=LATCH}}", out);
}

static void put_add(FILE *out, const struct call_leg *leg,
		    struct random *random)
{
	static const char *const names[] = {"$", "ip/1/$/$", "ip/$/$/$"};
	bool first = true;

	fprintf(out, "A=%s{M{", names[random_below(random, 3)]);
	for (int i = 0; i < CALL_STREAMS; i++) {
		if (!leg->stream[i].there)
			continue;
		fputs(first ? "" : ",", out);
		put_stream(out, leg, i, random);
		first = false;
	}
	fputs("}", out);
	put_extras(out, random);
	fputs("}", out);
}

/* -- making up -------------------------------------------------------------- */

static unsigned int any_port(struct random *random)
{
	return 40000 + 2 * random_below(random, 10000);
}

static void make_stream(struct call_stream *stream, bool secure,
			struct random *random)
{
	*stream = (struct call_stream){
		.there = true,
		.secure = secure,
		.keyed = secure && !random_once_in(random, 4),
		.mode = any_mode(random),
		.remote = random_once_in(random, 3) ? 0 : any_port(random),
	};
}

static void make_leg(struct call_leg *leg, bool access, int streams,
		     struct random *random)
{
	memset(leg, 0, sizeof(*leg));
	leg->there = true;
	leg->access = access;
	for (int i = 0; i < streams; i++)
		make_stream(&leg->stream[i],
			    access && !random_once_in(random, 4), random);
}

static int legs_of(const struct call *call)
{
	return call->leg[0].there + call->leg[1].there;
}

static struct call_leg *any_leg(struct call *call, struct random *random)
{
	int i = random_below(random, CALL_LEGS);

	return call->leg[i].there ? &call->leg[i] : &call->leg[!i];
}

static int free_leg(const struct call *call)
{
	return call->leg[0].there ? 1 : 0;
}

/* -- orders that succeed -------------------------------------------------------- */

static void create(struct call *next, struct random *random, FILE *out)
{
	bool access = random_once_in(random, 2), both;
	int streams = 1 + random_once_in(random, 3);

	both = random_once_in(random, 2);
	make_leg(&next->leg[0], access, streams, random);
	fputs("C=${", out);
	if (random_once_in(random, 4))
		fputs("PR=3,", out);
	put_add(out, &next->leg[0], random);
	if (both) {
		make_leg(&next->leg[1], !access, streams, random);
		fputs(",", out);
		put_add(out, &next->leg[1], random);
	}
	fputs("}", out);
}

static void add(struct call *next, struct random *random, FILE *out)
{
	int place = free_leg(next);
	const struct call_leg *other = &next->leg[!place];

	make_leg(&next->leg[place], !other->access, 1, random);
	fprintf(out, "C=%u{", next->id);
	put_add(out, &next->leg[place], random);
	fputs("}", out);
}

static void set_mode(struct call *next, struct random *random, FILE *out)
{
	struct call_leg *leg = any_leg(next, random);

	leg->stream[0].mode = any_mode(random);
	fprintf(out, "C=%u{MF=%s{M{ST=1{O{MO=%s}}}}}", next->id, leg->name,
		h248_token_name(leg->stream[0].mode));
}

/* New Remote; of a secure stream both descriptors with new keys. */
static void set_remote(struct call *next, struct random *random, FILE *out)
{
	struct call_leg *leg = any_leg(next, random);
	struct call_stream *stream = &leg->stream[0];

	stream->remote = any_port(random);
	stream->keyed = stream->secure && !random_once_in(random, 5);
	fprintf(out, "C=%u{MF=%s{M{ST=1{O{MO=%s}", next->id, leg->name,
		h248_token_name(stream->mode));
	put_descriptors(out, leg, stream, random);
	fputs("}}}}", out);
}

static void add_stream(struct call *next, struct random *random, FILE *out)
{
	struct call_leg *leg = any_leg(next, random);

	if (leg->stream[1].there) {
		set_mode(next, random, out);
		return;
	}
	make_stream(&leg->stream[1], leg->stream[0].secure, random);
	fprintf(out, "C=%u{MF=%s{M{", next->id, leg->name);
	put_stream(out, leg, 1, random);
	fputs("}}}", out);
}

static void audit(struct call *next, struct random *random, FILE *out)
{
	(void)random;
	fprintf(out, "C=%u{AV=*{AT{M,SA}}}", next->id);
}

static void remove_leg(struct call *next, struct random *random, FILE *out)
{
	struct call_leg *leg = any_leg(next, random);

	fprintf(out, "C=%u{S=%s%s}", next->id, leg->name,
		random_once_in(random, 2) ? "" : "{AT{}}");
	leg->there = false;
	if (!legs_of(next))
		next->id = 0;
}

static void end(struct call *next, struct random *random, FILE *out)
{
	fprintf(out, "C=%u{%sS=*{AT{}}}", next->id,
		random_once_in(random, 2) ? "W-" : "");
	memset(next, 0, sizeof(*next));
}

/* Mistakes that O- allows for do not stop what follows. */
static void optional(struct call *next, struct random *random, FILE *out)
{
	struct call_leg *leg = any_leg(next, random);

	leg->stream[0].mode = any_mode(random);
	fprintf(out,
		"C=%u{O-MF=ip/1/core/4000000000,"
		"O-MF=%s{M{ST=1{O{no/thing=1}}}},MF=%s{M{ST=1{O{MO=%s}}}}}",
		next->id, leg->name, leg->name,
		h248_token_name(leg->stream[0].mode));
}

/* -- orders that fail -------------------------------------------------------------- */

static void wrong_new(struct random *random, FILE *out)
{
	static const char *const wrong[] = {
		"C=${A=$}",
		"C=${A=$,A=$,A=$}",
		"C=${A=ip/1/nowhere/${M{ST=1{O{MO=SR},L{\nv=0\nc=IN IP4 $\n"
		"m=audio $ RTP/AVP 0\n}}}}}",
		"C=${A=${M{ST=1{O{MO=SR,ipdc/realm=\"moon\"}}}}}",
		"C=${A=${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},L{\nv=0\n"
		"c=IN IP4 $\nm=audio $ UDP/TLS 0\n}}}}}",
		"C=${A=${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},L{\nv=0\n"
		"c=IN IP4 $\nm=audio $ RTP/AVP 0\n"
		"a=crypto:1 SEED_CTR_128_HMAC_SHA1_80 inline:"
		"PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR\n}}}}}",
		"C=${A=${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},L{\nnonsense\n}}}}"
		"}",
		"C=${A=${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},L{\nv=0\n"
		"c=IN IP4 10.77.2.1\nm=audio 9 RTP/AVP 0\n}}}}}",
		"C=${MF=$}",
		"C=4294900000{S=*}",
		"C=${A=${M{ST=1{O{MO=SR,ipdc/realm=\"core\"},L{\nv=0\n"
		"c=IN IP4 $\nm=audio $ RTP/AVP 0\n}}}},"
		"A=${E=1{no/such}}}",
	};

	fputs(wrong[random_below(random, sizeof(wrong) / sizeof(wrong[0]))],
	      out);
}

/* Something good first, which must not stay. */
static void wrong_change(const struct call *now, struct random *random,
			 FILE *out)
{
	static const char *const wrong[] = {
		"MF=ip/1/access/4000000000{M{ST=1{O{MO=IN}}}}",
		"S=ip/1/core/4000000000",
		"A=ip/1/$/${M{ST=1{O{MO=SR,ipdc/realm=\"moon\"}}}}",
		"A=${E=1{no/such}}",
		"MV=ip/1/core/1",
		"MF=*{M{ST=1{O{gm/nothing=ON}}}}",
		"MF=*{M{ST=1{O{ds/dscp=FFF}}}}",
		"MF=*{SG{ipnapt/latch{ST=1,napt=PERHAPS}}}",
		"MF=*{E=5{adid/ipstop{dt=0}}}",
	};
	struct call copy = *now;
	const struct call_leg *leg = any_leg(&copy, random);

	fprintf(out, "C=%u{", now->id);
	if (random_once_in(random, 2))
		fprintf(out, "MF=%s{M{ST=1{O{MO=%s}}}},", leg->name,
			h248_token_name(any_mode(random)));
	if (random_once_in(random, 4))
		fprintf(out, "S=%s,", leg->name);
	fputs(wrong[random_below(random, sizeof(wrong) / sizeof(wrong[0]))],
	      out);
	fputs("}", out);
}

enum call_outcome call_order(const struct call *now, struct call *next,
			     struct random *random, bool valid, FILE *out)
{
	static void (*const changes[])(struct call *, struct random *,
				       FILE *) = {
		set_mode, set_remote, set_remote, add_stream, audit,
		remove_leg, end, optional, set_mode,
	};
	bool wrong = !valid && random_once_in(random, 4);

	*next = *now;
	if (wrong && now->id)
		wrong_change(now, random, out);
	else if (wrong)
		wrong_new(random, out);
	else if (!now->id)
		create(next, random, out);
	else if (legs_of(now) == 1 && random_once_in(random, 2))
		add(next, random, out);
	else
		changes[random_below(random, valid ? 7 : 9)](next, random, out);
	return wrong ? CALL_FAILS : CALL_SUCCEEDS;
}

/* -- reading --------------------------------------------------------------------- */

/* The port of the first m= line; 0: none. */
static unsigned int port_of(const struct h248_sdp *sdp)
{
	const char *at = sdp->present ? memmem(sdp->text.at, sdp->text.size,
					       "m=audio ", 8)
				      : NULL;

	return at ? strtoul(at + 8, NULL, 10) : 0;
}

static const struct h248_stream *
find_stream(const struct h248_command *command, int number)
{
	const struct h248_descriptor *media =
		h248_descriptor_find(command->descriptors, H248_MEDIA);
	const struct h248_stream *stream = media ? media->media.streams : NULL;

	while (stream && stream->id != number + 1)
		stream = stream->next;
	return stream;
}

static const char *learn_ports(struct call_leg *leg,
			       const struct h248_command *command)
{
	for (int i = 0; i < CALL_STREAMS; i++) {
		struct call_stream *mine = &leg->stream[i];
		const struct h248_stream *theirs = find_stream(command, i);

		if (!mine->there || mine->port)
			continue;
		mine->port = theirs ? port_of(&theirs->local) : 0;
		if (!mine->port)
			return "a port that was asked for is not in the reply";
	}
	return NULL;
}

static void copy_name(char to[CALL_NAME], struct sg_slice name)
{
	snprintf(to, CALL_NAME, "%.*s", (int)name.size, name.at);
}

static struct call_leg *leg_of(struct call *call,
			       const struct h248_command *command)
{
	for (int i = 0; i < CALL_LEGS; i++) {
		struct call_leg *leg = &call->leg[i];

		if (!leg->there)
			continue;
		if (command->verb == H248_ADD && !*leg->name) {
			copy_name(leg->name, command->termination.name);
			return leg;
		}
		if (sg_slice_is_nocase(command->termination.name, leg->name))
			return leg;
	}
	return NULL;
}

const char *call_learn(struct call *next, const struct h248_action *reply)
{
	const struct h248_command *one = reply->commands;
	const char *wrong = NULL;

	if (legs_of(next))
		next->id = reply->context;
	for (; one && !wrong; one = one->next) {
		struct call_leg *leg;

		if (one->verb != H248_ADD && one->verb != H248_MODIFY)
			continue;
		leg = leg_of(next, one);
		if (leg)
			wrong = learn_ports(leg, one);
	}
	for (int i = 0; i < CALL_LEGS && !wrong; i++)
		if (next->leg[i].there && !*next->leg[i].name)
			wrong = "a termination that was added is not in it";
	return wrong;
}

/* -- comparing ------------------------------------------------------------------- */

static const char *compare_stream(const struct call_stream *mine,
				  const struct h248_stream *theirs)
{
	if (!theirs)
		return mine->there ? "a stream is missing" : NULL;
	if (!mine->there)
		return "there is a stream too many";
	if (theirs->control.mode != mine->mode)
		return "a mode differs";
	if (port_of(&theirs->local) != mine->port)
		return "a local port differs";
	if (port_of(&theirs->remote) != mine->remote)
		return "a remote port differs";
	return NULL;
}

const char *call_compare(const struct call *call,
			 const struct h248_action *audit)
{
	const struct h248_command *one = audit->commands;
	struct call copy = *call;
	const char *wrong = NULL;
	int found = 0;

	for (; one && !wrong; one = one->next, found++) {
		struct call_leg *leg = leg_of(&copy, one);

		if (!leg)
			return "there is a termination too many";
		for (int i = 0; i < CALL_STREAMS && !wrong; i++)
			wrong = compare_stream(&leg->stream[i],
					       find_stream(one, i));
	}
	if (!wrong && found != legs_of(call))
		wrong = "a termination is missing";
	return wrong;
}
