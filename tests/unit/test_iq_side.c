// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sides of Iq: what LocalControl, Local and Remote become, and what is
 * refused with which words. After each case every port and every reference
 * to a key must have come back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "../lib/fake_keyring.h"
#include "../lib/ktap.h"
#include "gated/iq/iq_side.h"
#include "lib/address.h"

#define DATA "tests/unit/data/h248"

/* -- two realms ------------------------------------------------------------ */

enum { ACCESS, CORE, REALMS };

static struct config config = { .realm_count = REALMS };
static const struct iq_ground ground = { .config = &config };

static void add_address(struct realm *realm, const char *address)
{
	int i = realm->address_count++;

	sg_address_parse(realm->address[i], address);
	realm->ports[i] = ports_new(realm->port_min, realm->port_max);
}

static void build_realms(void)
{
	struct realm *access = &config.realm[ACCESS];
	struct realm *core = &config.realm[CORE];

	strcpy(access->name, "access.example");
	access->port_min = 30000;
	access->port_max = 30009;
	add_address(access, "198.51.100.20");
	add_address(access, "2001:db8::20");
	add_address(access, "198.51.100.22");
	strcpy(core->name, "Core.example");
	core->port_min = 40000;
	core->port_max = 40003;
	add_address(core, "203.0.113.20");
}

/* Fresh port tables: each case begins with the first port. */
static void reset_ports(void)
{
	for (int r = 0; r < REALMS; r++) {
		struct realm *realm = &config.realm[r];

		for (int i = 0; i < realm->address_count; i++) {
			ports_free(realm->ports[i]);
			realm->ports[i] = ports_new(realm->port_min,
						    realm->port_max);
		}
	}
}

static void free_realms(void)
{
	for (int r = 0; r < REALMS; r++)
		for (int i = 0; i < config.realm[r].address_count; i++)
			ports_free(config.realm[r].ports[i]);
}

static int ports_in_use(void)
{
	__u32 sum = 0, used, resting;

	for (int r = 0; r < REALMS; r++)
		for (int i = 0; i < config.realm[r].address_count; i++) {
			ports_count(config.realm[r].ports[i], 0, &used,
				    &resting);
			sum += used;
		}
	return sum;
}

/* -- reading --------------------------------------------------------------- */

enum { TEXT_MAX = 8192 };

static char text[TEXT_MAX];
static char arena[H248_ARENA_SIZE(TEXT_MAX)];

/* Reads @media, what stands in Media{}, into a copy of @side; commits it. */
static int read_media(struct iq_side *side, bool exists, const char *media,
		      struct iq_fault *fault)
{
	const struct iq_side old = *side;
	struct h248_message message;
	struct h248_fault why;
	int size, err;

	size = snprintf(text, sizeof(text),
			"!/2 mgc T=1{C=1{MF=ip/1/access/1{M{%s}}}}", media);
	if (h248_parse(&message, arena, sizeof(arena), text, size, &why))
		ktap_bail_out("the test's message: %s: %s", why.text, media);
	err = iq_side_read(&ground, side, exists ? &old : NULL, NULL,
			   message.transactions->actions->commands->descriptors
				   ->media.streams,
			   fault);
	h248_message_wipe(&message);
	if (err) {
		iq_side_release(&ground, side, exists ? &old : NULL);
		*side = old;
	} else if (exists) {
		iq_side_release(&ground, &old, side);
	}
	return err;
}

static void show_transport(char *out, const struct sg_transport *t)
{
	char address[SG_ADDRESS_TEXT];

	sprintf(out, "%s:%u/%u", sg_address_is_none(t->address) ? "-" :
		sg_address_format(address, t->address), ntohs(t->rtp),
		ntohs(t->rtcp));
}

/* "[1,3]", or nothing */
static int show_extensions(char *out, __u32 slot)
{
	const __u8 *extension = fake_slots[slot].key.extension;
	char *at = out;

	for (int i = 0; slot && i < 256; i++)
		if (extension[i / 8] >> i % 8 & 1)
			at += sprintf(at, "%c%d", at == out ? '[' : ',', i);
	if (at > out)
		at += sprintf(at, "]");
	return at - out;
}

/* "0", "1", "1+2" */
static const char *show_keys(char *out, const struct iq_crypto *crypto)
{
	char *at = out + sprintf(out, "%u", crypto->slot[0]);

	at += show_extensions(at, crypto->slot[0]);
	for (int i = 1; i < SG_OPEN_KEYS; i++)
		if (crypto->slot[i])
			at += sprintf(at, "+%u", crypto->slot[i]);
	return out;
}

/* "audio RTP/SAVP [97] 198.51.100.20:30000/30001 > ... keys 1,2 8000 Hz ..." */
static const char *show(const struct iq_side *side)
{
	static char out[512];
	char local[64], remote[64], send[48], receive[48];

	show_transport(local, &side->local);
	show_transport(remote, &side->remote);
	snprintf(out, sizeof(out),
		 "%s %s [%s] %s > %s keys %s,%s %u Hz%s%s%s%s. %s",
		 side->media, side->protocol, side->formats, local, remote,
		 show_keys(send, &side->send),
		 show_keys(receive, &side->receive), side->clock_rate,
		 side->mux ? " mux" : "", side->chosen ? " chosen" : "",
		 side->refused ? " refused" : "",
		 side->has_remote ? "" : " alone",
		 side->codec ? sg_codec_name(side->codec) : "-");
	return out;
}

/* Commands that follow one another; .code 0: .expect is part of show(). */
struct step {
	const char *media;
	int code;
	const char *expect;
};

struct example {
	const char *name;
	struct step step[4];
};

static bool run_step(struct iq_side *side, bool exists,
		     const struct step *step)
{
	struct iq_fault fault = { 0 };
	int err = read_media(side, exists, step->media, &fault);

	if (!err && !step->code && strstr(show(side), step->expect))
		return true;
	if (err == -EINVAL && fault.code == step->code &&
	    !strcmp(fault.text, step->expect))
		return true;
	ktap_note("%s\n# wanted %d %s\n# got %u %s", step->media, step->code,
		  step->expect, fault.code, err ? fault.text : show(side));
	return false;
}

static void run(const struct example *example)
{
	struct iq_side side;
	bool ok = true, exists = false;

	reset_ports();
	fake_keyring_reset();
	iq_side_init(&side, 1);
	for (int i = 0; i < 4 && example->step[i].media; i++) {
		ok &= run_step(&side, exists, &example->step[i]);
		exists |= !example->step[i].code;
	}
	iq_side_release(&ground, &side, NULL);
	if (ports_in_use() || fake_keyring_references()) {
		ktap_note("%d ports and %d references are left", ports_in_use(),
			  fake_keyring_references());
		ok = false;
	}
	ktap(ok, "%s", example->name);
}

#define A "O{ipdc/realm=\"access.example\"}"
#define C "O{ipdc/realm=\"Core.example\"}"
#define L(port, rest) \
	"L{v=0\nc=IN IP4 $\nm=audio " port " RTP/AVP 97\n" rest "}"
#define R(port, rest) \
	"R{v=0\nc=IN IP4 10.0.0.5\nm=audio " port " RTP/AVP 97\n" rest "}"
#define LS(rest) "L{v=0\nc=IN IP4 $\nm=audio $ RTP/SAVP 97\n" rest "}"
#define RS(rest) "R{v=0\nc=IN IP4 10.0.0.5\nm=audio 9000 RTP/SAVP 97\n" rest "}"
#define CM80 "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"
#define EXTMAP "a=extmap:"
#define ENCRYPT "urn:ietf:params:rtp-hdrext:encrypt"
#define LEVEL "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
#define CM32 "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:"
#define K1 "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
#define K2 "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
#define K3 "d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj"
#define K4 "NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj"

static const struct example realms[] = {
	{ "a realm by its name in any case",
	  { { "O{ipdc/realm=CORE.EXAMPLE}," L("$", ""), 0, "203.0.113.20" } } },
	{ "an unknown realm",
	  { { "O{ipdc/realm=elsewhere}," L("$", ""), 449, "elsewhere" } } },
	{ "no realm is named and there are two",
	  { { L("$", ""), 472, "ipdc/realm" } } },
	{ "a realm may change before there are ports, not after",
	  { { A, 0, "alone" },
	    { C "," L("$", ""), 0, "203.0.113.20:40000/40001" },
	    { A, 473, "access.example" },
	    { C, 0, "203.0.113.20:40000/40001" } } },
};

static const struct example controls[] = {
	{ "Mode Loopback", { { "O{MO=LB,ipdc/realm=core.example}", 517,
			       "Loopback" } } },
	{ "an unknown package", { { "O{ipdc/realm=core.example,foo/bar=1}", 440,
				    "foo/bar" } } },
	{ "an unknown property", { { "O{ipdc/realm=core.example,GM/bar=1}", 445,
				     "GM/bar" } } },
	{ "a switch that is neither", { { "O{gm/saf=MAYBE}", 449, "MAYBE" } } },
	{ "a relation that is none", { { "O{gm/saf#ON}", 449, "ON" } } },
	{ "alternatives", { { "O{ds/dscp={2E,00}}", 449, "2E" } } },
	{ "a range where none may be", { { "O{tman/pdr=[1:2]}", 449, "1" } } },
	{ "dscp of seven bits", { { "O{ds/dscp=40}", 449, "40" } } },
	{ "dscp that is not hexadecimal",
	  { { "O{ds/dscp=2G}", 449, "2G" } } },
	{ "dscp of three digits", { { "O{ds/dscp=02E}", 449, "02E" } } },
	{ "a rate above 32 bits",
	  { { "O{tman/pdr=4294967296}", 449, "4294967296" } } },
	{ "a negative rate", { { "O{tman/mbs=-1}", 449, "-1" } } },
	{ "a mask that is no address",
	  { { "O{gm/sam=\"10.0.0\"}", 449, "10.0.0" } } },
	{ "a prefix of 33", { { "O{gm/sam=10.0.0.0/33}", 449, "10.0.0.0/33" } } },
	{ "an IPv6 prefix of 129",
	  { { "O{gm/sam=\"[2001:db8::]/129\"}", 449, "[2001:db8::]/129" } } },
	{ "octets behind the bracket",
	  { { "O{gm/sam=\"[2001:db8::]64\"}", 449, "[2001:db8::]64" } } },
	{ "everything is no filter",
	  { { "O{gm/sam=\"::/0\"}", 449, "::/0" } } },
	{ "a long value is only measured",
	  { { "O{gm/sam=" K1 "}", 449, "(40 characters)" } } },
	{ "a port range upside down",
	  { { "O{gm/spr=[5001:5000]}", 449, "5001" } } },
	{ "port 0", { { "O{gm/spr=0}", 449, "0" } } },
	{ "a departure that is not ours",
	  { { "O{ipdc/realm=core.example,gm/lsa=198.51.100.20}", 449,
	      "198.51.100.20" } } },
	{ "a departure that is a network",
	  { { "O{ipdc/realm=core.example,gm/lsa=203.0.113.20/24}", 449,
	      "203.0.113.20/24" } } },
	{ "gm/esas without gm/lsa",
	  { { "O{ipdc/realm=core.example,gm/esas=ON}", 472, "gm/lsa" } } },
	{ "gm/esps without gm/lsp",
	  { { "O{ipdc/realm=core.example,gm/esps=ON}", 472, "gm/lsp" } } },
};

static const struct example locals[] = {
	{ "a pair of ports",
	  { { A "," L("$", ""), 0,
	      "audio RTP/AVP [97] 198.51.100.20:30000/30001 > -:0/0 keys 0,0 "
	      "8000 Hz chosen alone" } } },
	{ "$ again keeps them, and so does their repetition",
	  { { A "," L("$", ""), 0, ":30000/30001 > -:0/0 keys 0,0 8000 Hz ch" },
	    { L("$", ""), 0, ":30000/30001" },
	    { "L{v=0\nc=IN IP4 198.51.100.20\nm=audio 30000 RTP/AVP 97\n}", 0,
	      ":30000/30001 > -:0/0 keys 0,0 8000 Hz alone" } } },
	{ "another port on request",
	  { { A "," L("$", ""), 0, ":30000/30001" },
	    { L("30004", ""), 0, ":30004/30005" },
	    { L("30001", ""), 0, ":30001/30002" } } },
	{ "a port outside the realm's",
	  { { A "," L("50000", ""), 449, "50000" } } },
	{ "a port 0 of ours", { { A "," L("0", ""), 449, "0" } } },
	{ "a port that need not be known",
	  { { A "," L("-", ""), 0, ":30000/30001" } } },
	{ "IPv6",
	  { { A ",L{c=IN IP6 $\nm=audio $ RTP/AVP 0}", 0,
	      "2001:db8::20:30000/30001" } } },
	{ "a family that the realm does not have",
	  { { C ",L{c=IN IP6 $\nm=audio $ RTP/AVP 0}", 449, "IP6" } } },
	{ "its alternative is taken",
	  { { C ",L{v=0\nc=IN IP6 $\nm=audio $ RTP/AVP 0\n"
	      "v=0\nc=IN IP4 $\nm=audio $ RTP/AVP 8\n}", 0,
	      "[8] 203.0.113.20:40000/40001 > -:0/0 keys 0,0 8000 Hz chosen" } } },
	{ "that one was taken is told",
	  { { C ",L{v=0\nc=IN IP6 $\nm=audio $ RTP/AVP 0\n"
	      "v=0\nc=IN IP4 203.0.113.20\nm=audio 40000 RTP/AVP 8\n}", 0,
	      "8000 Hz chosen alone." } } },
	{ "no alternative will do: the first one's reason",
	  { { C ",L{v=0\nc=IN IP6 $\nm=audio $ RTP/AVP 0\n"
	      "v=0\nc=IN IP4 $\nm=audio $ TCP/MSRP 8\n}", 449, "IP6" } } },
	{ "an address that is not ours",
	  { { A ",L{c=IN IP4 198.51.100.21\nm=audio $ RTP/AVP 0}", 449,
	      "198.51.100.21" } } },
	{ "a name for an address",
	  { { A ",L{c=IN IP4 host.example\nm=audio $ RTP/AVP 0}", 449,
	      "host.example" } } },
	{ "IPv4 as IP6",
	  { { A ",L{c=IN IP6 198.51.100.20\nm=audio $ RTP/AVP 0}", 449,
	      "198.51.100.20" } } },
	{ "without c=: the realm's first address",
	  { { A ",L{m=audio $ RTP/AVP 0}", 0,
	      "198.51.100.20:30000/30001 > -:0/0 keys 0,0 8000 Hz chosen" } } },
	{ "without c=: the family of Remote",
	  { { A ",L{m=audio $ RTP/AVP 0},"
	      "R{c=IN IP6 2001:db8:77::1\nm=audio 9000 RTP/AVP 0}", 0,
	      "2001:db8::20:30000/30001 > 2001:db8:77::1:9000/9001" } } },
	{ "without c=: the family of an earlier Remote",
	  { { A ",R{c=IN IP6 2001:db8:77::1\nm=audio 9000 RTP/AVP 0}", 0, "" },
	    { "L{m=audio $ RTP/AVP 0}", 0, "2001:db8::20:30000/30001" } } },
	{ "$ keeps the address too",
	  { { A ",L{c=IN IP4 198.51.100.22\nm=audio 30004 RTP/AVP 0}", 0,
	      "198.51.100.22:30004/30005 > -:0/0 keys 0,0 8000 Hz alone." },
	    { "L{c=IN IP4 198.51.100.22\nm=audio $ RTP/AVP 0}", 0,
	      "198.51.100.22:30004/30005 > -:0/0 keys 0,0 8000 Hz chosen " },
	    { L("$", ""), 0, "198.51.100.22:30004/30005" } } },
	{ "the family changes",
	  { { A "," L("30004", ""), 0, "198.51.100.20:30004/30005" },
	    { "L{c=IN IP6 $\nm=audio $ RTP/AVP 0}", 0,
	      "2001:db8::20:30000/30001" } } },
	{ "an empty Local gives all back",
	  { { A "," L("$", ""), 0, ":30000/30001" },
	    { "L{}", 0, "  [] -:0/0 > -:0/0" },
	    { C, 0, "" },
	    { L("$", ""), 0, "203.0.113.20:40000/40001" } } },
	{ "what is not named stays",
	  { { A "," L("$", "") "," R("9000", ""), 0, "" },
	    { "O{MO=SR}", 0, ":30000/30001 > 10.0.0.5:9000/9001 keys 0,0 8000 "
	      "Hz" } } },
};

static const struct example words[] = {
	{ "all media and protocols",
	  { { A ",L{m=VIDEO $ rtp/savpf 98 99}", 0, "video RTP/SAVPF [98 99]" },
	    { "L{m=text $ RTP/AVPF 98}", 0, "text RTP/AVPF" },
	    { "L{m=application $ RTP/SAVP 98}", 0, "application RTP/SAVP" },
	    { "L{m=- $ RTP/AVP -}", 0, "- RTP/AVP [-]" } } },
	{ "MSRP", { { A ",L{m=message $ TCP/TLS/MSRP *}", 449, "TCP/TLS/MSRP" } } },
	{ "DTLS-SRTP", { { A ",L{m=audio $ UDP/TLS/RTP/SAVPF 0}", 449,
			   "UDP/TLS/RTP/SAVPF" } } },
	{ "T.38", { { A ",L{m=image $ udptl t38}", 449, "udptl" } } },
	{ "unknown media", { { A ",L{m=image $ RTP/AVP 0}", 515, "image" } } },
	{ "two m= lines", { { A ",L{m=audio $ RTP/AVP 0\nm=video $ RTP/AVP 31}",
			      474, "a stream has one m= line only" } } },
	{ "no m= line", { { A ",L{v=0}", 474, "there is no m= line" } } },
	{ "a line that is none",
	  { { A ",L{v=0\nnonsense}", 474,
	      "a line does not begin with a letter and '='" } } },
	{ "nothing behind a broken line is believed",
	  { { A ",L{v=0\nnonsense\nm=audio $ RTP/AVP 0}", 474,
	      "a line does not begin with a letter and '='" } } },
	{ "c= of another network",
	  { { A ",L{c=TN RFC2543 +1\nm=audio $ RTP/AVP 0}", 474,
	      "c= is not IN IP4 or IP6 with an address" } } },
	{ "several ports", { { A ",R{m=audio 9000/2 RTP/AVP 0}", 449, "9000/2" } } },
	{ "a format that could not be written again",
	  { { A ",L{m=audio $ RTP/AVP 0\\}}", 474,
	      "m= has a format that is no token" } } },
	{ "clock rates",
	  { { A ",R{m=audio 9000 RTP/AVP 96 0\na=rtpmap:0 PCMU/8000\n"
	      "a=rtpmap:96 AMR-WB/16000/1}", 0, "16000 Hz. AMR-WB" },
	    { "R{m=video 9000 RTP/AVP 34}", 0, "90000 Hz. -" },
	    { "R{m=audio 9000 RTP/AVP 11}", 0, "44100 Hz" },
	    { A ",L{m=audio $ RTP/AVP 98\na=rtpmap:98 x/48000},"
	      "R{m=audio 9000 RTP/AVP 98}", 0, "48000 Hz chosen. -" } } },
	{ "codecs, static and from either end",
	  { { A ",R{m=audio 9000 RTP/AVP 18 0}", 0, "8000 Hz. G729" },
	    { "R{m=audio 9000 RTP/AVP 96\na=rtpmap:96 gsm-efr/8000}", 0,
	      "8000 Hz. GSM-EFR" },
	    { "L{m=audio $ RTP/AVP 96}", 0, "8000 Hz chosen. GSM-EFR" },
	    { "R{m=audio 9000 RTP/AVP 8\na=rtpmap:8 opus/48000}", 0,
	      "48000 Hz. -" } } },
};

static const struct example rtcps[] = {
	{ "rtcph/rsb=OFF takes one port; ON brings RTCP back",
	  { { "O{ipdc/realm=access.example,rtcph/rsb=OFF}," L("$", "") ","
	      R("9000", ""), 0, ":30000/0 > 10.0.0.5:9000/0" },
	    { "O{rtcph/rsb=ON}", 0, ":30000/30001 > 10.0.0.5:9000/9001" },
	    { "O{gm/rsb=off}", 0, ":30000/0 > 10.0.0.5:9000/0" } } },
	{ "b=RS:0 and b=RR:0 in Local",
	  { { A "," L("$", "b=RS:0\nb=RR:0\n") "," R("9000", ""), 0,
	      ":30000/0 > 10.0.0.5:9000/0" },
	    { L("$", ""), 0, ":30000/30001 > 10.0.0.5:9000/9001" } } },
	{ "b=RS:0 alone is RTCP still",
	  { { A "," L("$", "b=RS:0\n"), 0, ":30000/30001" } } },
	{ "b=RS:0 and b=RR:0 in Remote",
	  { { A "," L("$", "") "," R("9000", "b=RS:0\nb=RR:0\n"), 0,
	      ":30000/30001 > 10.0.0.5:9000/0" },
	    { L("$", ""), 0, ":30000/30001 > 10.0.0.5:9000/0" } } },
	{ "a=rtcp-mux, and the other end has it too",
	  { { A "," L("$", "a=rtcp-mux\n"), 0, ":30000/30000 > " },
	    { R("9000", "a=rtcp-mux\n"), 0,
	      ":30000/30000 > 10.0.0.5:9000/9000" },
	    { L("$", ""), 0, ":30000/30001 > 10.0.0.5:9000/9001" } } },
	{ "a=rtcp-mux, and the other end does not have it",
	  { { A "," L("$", "a=rtcp-mux\n"), 0, ":30000/30000 > " },
	    { R("9000", ""), 0, ":30000/30001 > 10.0.0.5:9000/9001" } } },
	{ "a=rtcp-mux of the other end only",
	  { { A "," L("$", "") "," R("9000", "a=rtcp-mux\n"), 0,
	      ":30000/30001 > 10.0.0.5:9000/9001" } } },
	{ "a=rtcp of Remote",
	  { { A "," L("$", "") "," R("9000", "a=rtcp:53020\n"), 0,
	      "10.0.0.5:9000/53020" },
	    { R("9000", "a=rtcp:53020 IN IP4 10.0.0.5\n"), 0, "9000/53020" },
	    { R("9000", "a=rtcp:53020 IN IP4 10.0.0.6\n"), 449, "10.0.0.6" },
	    { R("9000", "a=rtcp:x\n"), 449, "x" } } },
	{ "a=rtcp of Local",
	  { { A "," L("$", "a=rtcp:30007\n"), 0, ":30000/30007" },
	    { L("$", "a=rtcp:30007 IN IP4 $\n"), 0, ":30000/30007" },
	    { L("$", "a=rtcp:53020\n"), 449, "53020" },
	    { L("$", "a=rtcp:30000\n"), 449, "30000" } } },
	{ "a=rtcp:$",
	  { { A "," L("$", "a=rtcp:$\n"), 0, ":30000/30001" },
	    { L("30009", "a=rtcp:$\n"), 0, ":30009/30004" } } },
	{ "no port above the last one",
	  { { A "," L("30009", ""), 510, "no port left at 198.51.100.20" } } },
	{ "the RTCP port of 65535",
	  { { A "," L("$", "") "," R("65535", ""), 0, "10.0.0.5:65535/0" } } },
};

static const struct example remotes[] = {
	{ "a refused stream",
	  { { A "," L("$", "") "," R("0", ""), 0,
	      "> 10.0.0.5:0/0 keys 0,0 8000 Hz chosen refused" } } },
	{ "an address that is not known yet",
	  { { A "," L("$", "") ",R{c=IN IP4 $\nm=audio $ RTP/AVP 0}", 0,
	      "> -:0/0 keys 0,0 8000 Hz chosen." },
	    { "R{c=IN IP4 0.0.0.0\nm=audio 9000 RTP/AVP 0}", 0,
	      "> -:9000/9001" } } },
	{ "multicast", { { A ",R{c=IN IP4 224.2.1.1/127\nm=audio 1 RTP/AVP 0}",
			   449, "224.2.1.1/127" } } },
	{ "multicast without TTL",
	  { { A ",R{c=IN IP4 224.2.1.1\nm=audio 1 RTP/AVP 0}", 449,
	      "224.2.1.1" } } },
	{ "IPv6 multicast",
	  { { A ",R{c=IN IP6 ff02::1\nm=audio 1 RTP/AVP 0}", 449, "ff02::1" } } },
	{ "loopback", { { A ",R{c=IN IP4 127.0.0.2\nm=audio 1 RTP/AVP 0}", 449,
			  "127.0.0.2" } } },
	{ "IPv6 loopback",
	  { { A ",R{c=IN IP6 ::1\nm=audio 1 RTP/AVP 0}", 449, "::1" } } },
	{ "broadcast", { { A ",R{c=IN IP4 255.255.255.255\nm=audio 1 RTP/AVP 0}",
			   449, "255.255.255.255" } } },
	{ "our own address and port",
	  { { A "," L("$", "") ","
	      "R{c=IN IP4 198.51.100.20\nm=audio 30000 RTP/AVP 0}", 449,
	      "198.51.100.20" },
	    { A "," L("$", "") ","
	      "R{c=IN IP4 198.51.100.20\nm=audio 30009 RTP/AVP 0}", 0,
	      "> 198.51.100.20:30009" } } },
	{ "another family than Local's",
	  { { A "," L("$", "") ",R{c=IN IP6 2001:db8::5\nm=audio 9 RTP/AVP 0}",
	      473, "IP4 and IP6" } } },
	{ "another kind than Local's",
	  { { A "," L("$", "") ",R{m=audio 9 RTP/SAVP 0}", 473,
	      "RTP/AVP and RTP/SAVP" },
	    { A "," LS("") ",R{m=audio 9 RTP/SAVPF 0}", 0, "RTP/SAVP " },
	    { "R{m=audio 9 RTP/AVPF 0}", 473, "RTP/SAVP and RTP/AVP" } } },
	{ "an empty Remote",
	  { { A "," L("$", "") "," R("9000", ""), 0, "10.0.0.5:9000" },
	    { "R{}", 0, "> -:0/0 keys 0,0 8000 Hz alone" } } },
};

static const struct example cryptos[] = {
	{ "both keys; unchanged they stay, changed they do not",
	  { { A "," LS(CM80 K1 "|2^20|1:4\n") "," RS(CM80 K2 "|2^20|1:4\n"), 0,
	      "keys 1,2" },
	    { LS(CM80 K1 "|2^20|1:4\n") "," RS(CM80 K2 "|2^20|1:4\n"), 0,
	      "keys 1,2" },
	    { LS(CM80 K1 "|2^20|1:4\n") "," RS(CM80 K3 "|2^20|1:4\n"), 0,
	      "keys 1,3" },
	    { "O{MO=SR}", 0, "keys 1,3" } } },
	{ "one direction alone",
	  { { A "," LS(CM80 K1 "\n") "," RS(CM80 K2 "\n"), 0, "keys 1,2" },
	    { RS(CM80 K3 "\n"), 0, "keys 1,3" },
	    { LS(CM80 K2 "\n"), 0, "keys 2,3" } } },
	{ "another MKI is another key",
	  { { A "," LS(CM80 K1 "|1:4\n"), 0, "keys 1,0" },
	    { LS(CM80 K1 "|2:4\n"), 0, "keys 2,0" } } },
	{ "a descriptor without a=crypto has no key",
	  { { A "," LS(CM80 K1 "\n") "," RS(CM80 K2 "\n"), 0, "keys 1,2" },
	    { RS(""), 0, "keys 1,0" },
	    { "L{}", 0, "keys 0,0" } } },
	{ "the way from secure to plain",
	  { { A "," LS(CM80 K1 "\n") "," RS(CM80 K2 "\n"), 0, "keys 1,2" },
	    { L("$", "") "," R("9000", ""), 0, "keys 0,0" } } },
	{ "an error keeps what was",
	  { { A "," LS(CM80 K1 "\n") "," RS(CM80 K2 "\n"), 0, "keys 1,2" },
	    { LS(CM80 K3 "\n") "," RS(CM80 K3 "\n"), 449,
	      "inline: one key for both directions" },
	    { LS(CM80 K1 "\n") "," RS(CM80 K2 "\n"), 0, "keys 1,2" } } },
	{ "one key for both directions, in two commands",
	  { { A "," LS(CM80 K1 "\n"), 0, "keys 1,0" },
	    { RS(CM80 K1 "\n"), 449, "inline: one key for both directions" } } },
	{ "several in one descriptor",
	  { { A "," LS(CM80 K1 "\na=crypto:2 AES_CM_128_HMAC_SHA1_32 inline:" K2
		       "\n"), 449, "2 AES_CM_128_HMAC_SHA1_32" } } },
	{ "on RTP/AVP", { { A "," L("$", CM80 K1 "\n"), 449,
			    "RTP/AVP with a=crypto" } } },
	{ "before m=",
	  { { A ",L{v=0\n" CM80 K1 "\nm=audio $ RTP/SAVP 0\n}", 474,
	      "a=crypto stands before m=" } } },
	{ "different suites",
	  { { A "," LS(CM32 K1 "\n") "," RS(CM80 K2 "\n"), 449,
	      "AES_CM_128_HMAC_SHA1_32" } } },
	{ "a suite that is not in the data plane",
	  { { A "," LS("a=crypto:1 SEED_CTR_128_HMAC_SHA1_80 inline:" K1 "\n"), 449,
	      "SEED_CTR_128_HMAC_SHA1_80" } } },
	{ "a suite that nobody knows",
	  { { A "," RS("a=crypto:1 ROT13 inline:" K1 "\n"), 449, "ROT13" } } },
	{ "a key that is none",
	  { { A "," RS(CM80 "AAAA\n"), 474,
	      "the key of crypto tag 1 has not the 30 octets of "
	      "AES_CM_128_HMAC_SHA1_80" } } },
	{ "UNENCRYPTED_SRTP", { { A "," LS(CM80 K1 " UNENCRYPTED_SRTP\n"), 449,
				  "UNENCRYPTED_SRTP" } } },
	{ "UNENCRYPTED_SRTCP", { { A "," LS(CM80 K1 " UNENCRYPTED_SRTCP\n"), 449,
				   "UNENCRYPTED_SRTCP" } } },
	{ "UNAUTHENTICATED_SRTP",
	  { { A "," LS(CM80 K1 " UNAUTHENTICATED_SRTP\n"), 449,
	      "UNAUTHENTICATED_SRTP" } } },
	{ "KDR is the key's", { { A "," LS(CM80 K1 " KDR=3\n"), 0, "keys 1" },
				{ LS(CM80 K1 " KDR=4\n"), 0, "keys 2" } } },
	{ "FEC_ORDER=FEC_SRTP", { { A "," LS(CM80 K1 " FEC_ORDER=FEC_SRTP\n"), 0,
				    "keys 1,0" } } },
	{ "FEC_ORDER=SRTP_FEC", { { A "," LS(CM80 K1 " FEC_ORDER=SRTP_FEC\n"),
				    449, "FEC_ORDER=SRTP_FEC" } } },
	{ "FEC_KEY", { { A "," LS(CM80 K1 " FEC_KEY=inline:" K2 "\n"), 449,
			 "FEC_KEY" } } },
	{ "WSH of the window", { { A "," LS(CM80 K1 " WSH=192\n"), 0, "keys 1" } } },
	{ "WSH above it", { { A "," LS(CM80 K1 " WSH=193\n"), 449, "WSH=193" } } },
	{ "an unknown session parameter",
	  { { A "," LS(CM80 K1 " FOO=1\n"), 449, "FOO" } } },
	{ "two keys to seal with, in their order",
	  { { A "," LS(CM80 K1 "|1:1;inline:" K2 "|2:1\n"), 0, "keys 1+2,0" },
	    { LS(CM80 K2 "|2:1;inline:" K1 "|1:1\n"), 0,
	      "keys 2+1,0" } } },
	{ "three keys open, in their order; those that stay keep their slots",
	  { { A "," RS(CM80 K1 "|1:1;inline:" K2 "|2:1;inline:" K3 "|3:1\n"),
	      0, "keys 0,1+2+3" },
	    { RS(CM80 K3 "|3:1;inline:" K1 "|1:1\n"), 0, "keys 0,3+1" },
	    { RS(CM80 K1 "|1:1;inline:" K2 "|2^20|2:1\n"), 0,
	      "keys 0,1+2" } } },
	{ "four keys do not",
	  { { A "," RS(CM80 K1 "|1:1;inline:" K2 "|2:1;inline:" K3
		       "|3:1;inline:" K4 "|4:1\n"), 449,
	      "inline: 4 keys in one a=crypto" } } },
	{ "one of several for both directions",
	  { { A "," LS(CM80 K1 "|1:1\n") ","
	      RS(CM80 K2 "|2:1;inline:" K1 "|1:1\n"), 449,
	      "inline: one key for both directions" },
	    { A "," LS(CM80 K2 "|1:1;inline:" K1 "|2:1\n") ","
	      RS(CM80 K1 "|1:1\n"), 449,
	      "inline: one key for both directions" } } },
	{ "another lifetime is another key",
	  { { A "," RS(CM80 K1 "|2^20\n"), 0, "keys 0,1" },
	    { RS(CM80 K1 "|2^21\n"), 0, "keys 0,2" } } },
	{ "encrypted header extensions are the key's",
	  { { A "," LS(CM80 K1 "\n" EXTMAP "1 " ENCRYPT " " LEVEL "\n"), 0,
	      "keys 1[1]" },
	    { LS(CM80 K1 "\n"), 0, "keys 2," },
	    { LS(EXTMAP "3/sendonly " ENCRYPT " " LEVEL " vad=on\n" EXTMAP
		 "255/sendrecv " ENCRYPT " urn:x\n" CM80 K1 "\n"), 0,
	      "keys 1[3,255]" } } },
	{ "before m=, too, and beside plain ones",
	  { { A ",L{v=0\nc=IN IP4 $\n" EXTMAP "2 " ENCRYPT " " LEVEL
	      "\nm=audio $ RTP/SAVP 97\n" EXTMAP "1 " LEVEL "\n" CM80 K1
	      "\n}", 0, "keys 1[2]" } } },
	{ "each end's own, as far as it sends them",
	  { { A "," LS(CM80 K1 "\n" EXTMAP "1/sendonly " ENCRYPT " " LEVEL
		       "\n" EXTMAP "2/recvonly " ENCRYPT " urn:x\n") ","
	      RS(CM80 K2 "\n" EXTMAP "1/recvonly " ENCRYPT " " LEVEL "\n" EXTMAP
		 "2/sendonly " ENCRYPT " urn:x\n" EXTMAP "3/inactive "
		 ENCRYPT " urn:y\n"), 0, "keys 1[1],2[2]" } } },
	{ "an ID of an offer, which no packet has",
	  { { A "," LS(CM80 K1 "\n" EXTMAP "4096 " ENCRYPT " urn:x\n"), 449,
	      "4096" } } },
	{ "an ID that is none",
	  { { A "," LS(CM80 K1 "\n" EXTMAP "0 " ENCRYPT " urn:x\n"), 474,
	      "the ID of an a=extmap is no number" },
	    { A "," LS(CM80 K1 "\n" EXTMAP "1x " ENCRYPT " urn:x\n"), 474,
	      "the ID of an a=extmap is no number" } } },
	{ "a direction that is none",
	  { { A "," LS(CM80 K1 "\n" EXTMAP "1/both " ENCRYPT " urn:x\n"), 474,
	      "the direction of an a=extmap is none" } } },
	{ "one ID for two",
	  { { A "," LS(CM80 K1 "\n" EXTMAP "1 " ENCRYPT " urn:x\n" EXTMAP "1 "
		       ENCRYPT " urn:y\n"), 474, "two a=extmap have one ID" } } },
	{ "nothing that is encrypted",
	  { { A "," LS(CM80 K1 "\n" EXTMAP "1 " ENCRYPT "\n"), 474,
	      "an encrypted a=extmap names no extension" } } },
	{ "encrypted extensions on RTP/AVP",
	  { { A "," L("$", EXTMAP "1 " ENCRYPT " urn:x\n"), 449,
	      "RTP/AVP with encrypted a=extmap" } } },
	{ "plain ones are nobody's business here",
	  { { A "," L("$", EXTMAP "9999999 x\n"), 0, "keys 0,0" } } },
	{ "an MKI of 128 octets",
	  { { A "," LS(CM80 K1 "|1:128\n"), 0, "keys 1" } } },
};

#define RUN(table)                                                             \
	do {                                                                   \
		for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)  \
			run(&table[i]);                                        \
	} while (0)

/* -- what takes more than one side ----------------------------------------- */

static void test_fork(void)
{
	struct iq_side one, two;
	struct iq_fault fault;
	bool ok;

	reset_ports();
	fake_keyring_reset();
	iq_side_init(&one, 1);
	iq_side_init(&two, 1);
	ok = !read_media(&one, false, A "," LS(CM80 K1 "\n"), &fault) &&
	     read_media(&two, false, A "," LS(CM32 K1 "\n"), &fault);
	ktap(ok && fault.code == 449 &&
	     !strcmp(fault.text, "inline: this key is in use already"),
	     "two branches of a fork never send with one key");
	ktap(!read_media(&two, false, A "," RS(CM80 K1 "\n"), &fault),
	     "but what one sends another may receive");
	iq_side_release(&ground, &one, NULL);
	iq_side_release(&ground, &two, NULL);
	ktap(!ports_in_use() && !fake_keyring_references(), "and all is given back");
}

/* Five pairs at 198.51.100.20, five at .22. */
static void test_next_address(void)
{
	struct iq_side side[11];
	struct iq_fault fault;
	char address[SG_ADDRESS_TEXT];
	int first = 0, second = 0;

	reset_ports();
	for (int i = 0; i < 11; i++) {
		iq_side_init(&side[i], 1);
		if (read_media(&side[i], false, A "," L("$", ""), &fault))
			break;
		sg_address_format(address, side[i].local.address);
		first += !strcmp(address, "198.51.100.20");
		second += !strcmp(address, "198.51.100.22");
	}
	ktap(first == 5 && second == 5, "a full address is followed by the next");
	ktap(fault.code == 510 &&
	     !strcmp(fault.text, "no port left at 198.51.100.20"),
	     "until all are full");
	for (int i = 0; i < 10; i++)
		iq_side_release(&ground, &side[i], NULL);
	ktap(!ports_in_use(), "and all is given back");
}

static void test_exhaustion(void)
{
	struct iq_side side[3];
	struct iq_fault fault;

	reset_ports();
	fake_keyring_reset();
	for (int i = 0; i < 3; i++)
		iq_side_init(&side[i], 1);
	ktap(!read_media(&side[0], false, C "," L("$", ""), &fault) &&
	     !read_media(&side[1], false, C "," L("$", ""), &fault) &&
	     read_media(&side[2], false, C "," L("$", ""), &fault) &&
	     fault.code == 510 &&
	     !strcmp(fault.text, "no port left at 203.0.113.20"),
	     "ports end");
	ktap(read_media(&side[1], true, L("40000", ""), &fault) &&
	     fault.code == 510 && !strcmp(fault.text, "port 40000 is taken"),
	     "a port of another side");
	for (int i = 0; i < FAKE_SLOTS; i++)
		fake_slots[i].references = 1;
	ktap(read_media(&side[0], true, LS(CM80 K1 "\n"), &fault) &&
	     fault.code == 510 && !strcmp(fault.text, "no room for another key"),
	     "keys end");
	for (int i = 0; i < 3; i++)
		iq_side_release(&ground, &side[i], NULL);
	ktap(!ports_in_use() && fake_keyring_references() == FAKE_SLOTS,
	     "and all is given back");
}

/* Two commands of one transaction: the second works on the copy again. */
static void test_transaction(void)
{
	static const char *const steps[] = {
		L("30004", "") , LS(CM80 K1 "\n") "," RS(CM80 K2 "\n"),
		LS(CM80 K3 "\n") "," RS(CM80 K2 "\n"),
		"L{m=audio 30006 RTP/SAVP 97\n" CM80 K1 "\n}",
		"O{rtcph/rsb=OFF}", "L{},R{}", LS(CM80 K2 "\n"),
	};
	struct iq_side old, copy;
	struct iq_fault fault;
	bool ok;

	reset_ports();
	fake_keyring_reset();
	iq_side_init(&old, 1);
	ok = !read_media(&old, false, A "," LS(CM80 K1 "\n"), &fault);
	for (int end = 0; end <= 7; end++) {
		copy = old;
		for (int i = 0; i < end; i++) {
			struct h248_message message;
			struct h248_fault why;
			int size = sprintf(text, "!/2 m T=1{C=1{MF=a{M{%s}}}}",
					   steps[i]);

			ok &= !h248_parse(&message, arena, sizeof(arena), text,
					  size, &why) &&
			      !iq_side_read(&ground, &copy, &old, NULL,
					    message.transactions->actions
						    ->commands->descriptors
						    ->media.streams, &fault);
			h248_message_wipe(&message);
		}
		iq_side_release(&ground, &copy, &old);
		ok &= ports_in_use() == 2 && fake_keyring_references() == 1;
	}
	ktap(ok, "a copy that is given up leaves what was");
	iq_side_release(&ground, &old, NULL);
	ktap(!ports_in_use() && !fake_keyring_references(),
	     "and nothing after its end");
}

/* -- values ---------------------------------------------------------------- */

static void test_defaults(void)
{
	struct iq_side side;

	memset(&side, 0xff, sizeof(side));
	iq_side_init(&side, 7);
	ktap(side.stream == 7 && side.mode == H248_INACTIVE && side.rtcp &&
	     side.dscp == SG_DSCP_COPY && side.napt == IQ_NAPT_OFF &&
	     !side.reserve_group && !side.filter_address &&
	     !side.filter_prefix && !side.filter_high && !side.realm &&
	     !side.police && !side.has_local && side.clock_rate == 8000,
	     "defaults");
}

static void test_only_realm(void)
{
	struct iq_side side;
	struct iq_fault fault;

	reset_ports();
	config.realm_count = 1;
	iq_side_init(&side, 1);
	ktap(!read_media(&side, false, "O{MO=SR,RV=ON,RG=ON}", &fault) &&
	     side.realm == &config.realm[0] && side.mode == H248_SEND_RECEIVE &&
	     side.reserve_value && side.reserve_group,
	     "the only realm need not be named");
	config.realm_count = REALMS;
	iq_side_init(&side, 1);
	side.realm = &config.realm[CORE];
	ktap(!read_media(&side, false, "O{MO=IN,RV=OFF}," L("$", ""), &fault) &&
	     side.local.rtp == htons(40000),
	     "nor the one that the TerminationID names");
	iq_side_release(&ground, &side, NULL);
}

/* All properties: read, shown, read again, shown the same. */
static void test_properties(void)
{
	static const char all[] =
		"ipdc/realm=\"access.example\",gm/saf=ON,"
		"gm/sam=\"[2001:db8::]/32\",gm/spf=ON,gm/spr=[4000:4100],"
		"gm/esas=ON,gm/lsa=\"2001:db8::20\",gm/esps=ON,gm/lsp=4711,"
		"rtcph/rsb=OFF,tman/pol=ON,tman/sdr=11,tman/mbs=12,"
		"tman/pdr=13,tman/dvt=14,ds/dscp=2E";
	static char out[2048], wanted[2048], space[16384];
	struct h248_descriptor media = { .kind = H248_MEDIA };
	struct h248_command command = { .verb = H248_MODIFY,
					.descriptors = &media };
	struct h248_action action = { .context = 1, .commands = &command };
	struct h248_transaction transaction = { .kind = H248_TRANSACTION,
						.id = 1, .actions = &action };
	struct h248_stream stream = { .id = 1, .control.present = true };
	struct h248_message message;
	struct iq_side side;
	struct iq_fault fault;
	char given[1024];
	int size;

	snprintf(given, sizeof(given), "O{%s}", all);
	iq_side_init(&side, 1);
	ktap(!read_media(&side, false, given, &fault) && side.filter_address &&
	     side.filter_prefix == 32 && side.filter[0] == htonl(0x20010db8) &&
	     side.filter_ports && side.filter_low == 4000 &&
	     side.filter_high == 4100 && side.explicit_address &&
	     side.explicit_port && side.departure_port == 4711 &&
	     side.departure[3] == htonl(0x20) && !side.rtcp && side.police &&
	     side.sustained == 11 && side.burst == 12 && side.peak == 13 &&
	     side.delay_variation == 14 && side.dscp == 0x2e,
	     "all properties are read");
	h248_message_init(&message, space, sizeof(space));
	message.mid = (struct h248_mid){ H248_MID_DEVICE, SG_SLICE("m"), 0 };
	message.transactions = &transaction;
	command.termination.name = SG_SLICE("a");
	media.media.streams = &stream;
	stream.control.properties = iq_side_properties(&side, &message);
	size = h248_print(out, sizeof(out) - 1, &message, H248_COMPACT);
	out[size < 0 ? 0 : size] = '\0';
	snprintf(wanted, sizeof(wanted), "O{%s}", all);
	if (!ktap(strstr(out, wanted), "and shown as they were read"))
		ktap_note("%s", out);
	h248_message_init(&message, space, 100);
	ktap(!iq_side_properties(&side, &message), "no room to show them");
}

static void check_filter(const char *property, int prefix, const char *address,
			 __u16 low, __u16 high)
{
	struct iq_side side;
	struct iq_fault fault;
	char given[256], shown[SG_ADDRESS_TEXT];

	snprintf(given, sizeof(given), "O{ipdc/realm=core.example,%s}",
		 property);
	iq_side_init(&side, 1);
	ktap(!read_media(&side, false, given, &fault) &&
	     side.filter_prefix == prefix && side.filter_low == low &&
	     side.filter_high == high &&
	     (!address || !strcmp(sg_address_format(shown, side.filter),
				  address)), "%s", property);
}

static void test_filters(void)
{
	check_filter("gm/sam=10.0.0.5", 128, "10.0.0.5", 0, 0);
	check_filter("gm/sam=10.0.0.0/8", 104, "10.0.0.0", 0, 0);
	check_filter("GM/SAM=0.0.0.0/0", 96, "0.0.0.0", 0, 0);
	check_filter("gm/sam=\"2001:db8::1\"", 128, "2001:db8::1", 0, 0);
	check_filter("gm/sam=\"2001:db8::/64\"", 64, "2001:db8::", 0, 0);
	check_filter("gm/sam=\"[2001:db8::1]\"", 128, "2001:db8::1", 0, 0);
	check_filter("gm/spr=4000", 0, NULL, 4000, 4000);
	check_filter("gm/spr=4000-4100", 0, NULL, 4000, 4100);
	check_filter("gm/spr=\"4000:4100\"", 0, NULL, 4000, 4100);
	check_filter("gm/spr=[4000:4100]", 0, NULL, 4000, 4100);
}

static void test_crypto_values(void)
{
	struct iq_side side;
	struct iq_fault fault;

	reset_ports();
	fake_keyring_reset();
	iq_side_init(&side, 1);
	ktap(!read_media(&side, false, A ","
			 LS("a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:" K1
			    "|2^20|258:2\n"), &fault) &&
	     side.send.tag == 7 && side.send.generation[0] == 101 &&
	     fake_slots[1].key.lifetime == 1 << 20 &&
	     sg_slice_is(sg_slice_of(side.send.suite->name),
			 "AES_CM_128_HMAC_SHA1_32") &&
	     fake_slots[1].key.suite == SG_SUITE_AES_CM_128_HMAC_SHA1_32 &&
	     fake_slots[1].key.mki_length == 2 && fake_slots[1].key.mki[0] == 1 &&
	     fake_slots[1].key.mki[1] == 2 && fake_slots[1].key.key[0] == 0x3d &&
	     fake_slots[1].key.salt[13] == 0x51,
	     "tag, suite, lifetime, MKI, key and salt");
	iq_side_release(&ground, &side, NULL);
}

/* What derivation refuses is told of without the key. */
static void test_crypto_refused(const char *rest, const char *text)
{
	struct iq_side side;
	struct iq_fault fault;
	char media[512];

	reset_ports();
	fake_keyring_reset();
	fake_refuses = true;
	iq_side_init(&side, 1);
	snprintf(media, sizeof(media), A "," LS("%s%s\n"), CM80 K1, rest);
	ktap(read_media(&side, false, media, &fault) && fault.code == 449 &&
	     !strcmp(fault.text, text), "refused: %s", text);
	iq_side_release(&ground, &side, NULL);
}

/* -- replies --------------------------------------------------------------- */

static void check_reply(const char *name, const char *media, const char *sdp)
{
	struct iq_side side;
	struct iq_fault fault;
	char out[256];
	int size;

	reset_ports();
	fake_keyring_reset();
	iq_side_init(&side, 1);
	if (read_media(&side, false, media, &fault))
		ktap_note("%u %s", fault.code, fault.text);
	size = iq_side_sdp(&side, out, sizeof(out));
	ktap(size == (int)strlen(sdp) && !strcmp(out, sdp) &&
	     iq_side_sdp(&side, out, size) == -ENOSPC &&
	     iq_side_sdp(&side, out, 3) == -ENOSPC, "%s", name);
	iq_side_release(&ground, &side, NULL);
}

static void test_replies(void)
{
	struct iq_side side;

	check_reply("a reply never shows a=crypto",
		    A "," LS(CM80 K1 "\n"),
		    "v=0\nc=IN IP4 198.51.100.20\nm=audio 30000 RTP/SAVP 97\n");
	check_reply("a reply with a=rtcp", A "," L("$", "a=rtcp:30007\n"),
		    "v=0\nc=IN IP4 198.51.100.20\nm=audio 30000 RTP/AVP 97\n"
		    "a=rtcp:30007\n");
	check_reply("a reply with a=rtcp-mux, IPv6",
		    A ",L{c=IN IP6 $\nm=- $ RTP/AVP -\na=rtcp-mux}",
		    "v=0\nc=IN IP6 2001:db8::20\nm=- 30000 RTP/AVP -\n"
		    "a=rtcp-mux\n");
	iq_side_init(&side, 1);
	ktap(!iq_side_sdp(&side, NULL, 0), "no Local, no reply");
}

/* -- packages -------------------------------------------------------------- */

static void test_packages(void)
{
	struct iq_fault fault;
	bool found = false;

	for (const struct iq_package *one = iq_packages; one->name; one++)
		found |= !strcmp(one->name, "gm") && one->version == 2;
	ktap(found, "gm is of version 2");
	ktap(iq_item_unknown(SG_SLICE("adid/foo"), IQ_NO_SUCH_EVENT, &fault) ==
	     -EINVAL && fault.code == 451 && !strcmp(fault.text, "adid/foo"),
	     "an unknown event of a known package");
	ktap(iq_item_unknown(SG_SLICE("ad/foo"), IQ_NO_SUCH_EVENT, &fault) ==
	     -EINVAL && fault.code == 440, "an event of an unknown package");
	ktap(iq_fault_set(&fault, IQ_INTERNAL, "%s", "a\"{}\n\xc3z") == -EINVAL &&
	     !strcmp(fault.text, "a'????z"), "error texts are plain");
}

/* -- the reference's messages ---------------------------------------------- */

static size_t load(const char *name)
{
	char path[128];
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), DATA "/%s.txt", name);
	file = fopen(path, "r");
	if (!file)
		ktap_bail_out("%s: run from the top folder", path);
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	return size;
}

/* Reads command @number of message @name into @side. */
static int read_command(struct iq_side *side, bool exists, const char *name,
			int number, struct iq_fault *fault)
{
	const struct h248_descriptor *media;
	struct iq_side old = *side;
	struct h248_message message;
	struct h248_command *command;
	struct h248_action *action;
	struct h248_fault why;
	int err;

	if (h248_parse(&message, arena, sizeof(arena), text, load(name), &why))
		ktap_bail_out("%s: %s", name, why.text);
	action = message.transactions->actions;
	command = action->commands;
	for (; number; number--) {
		command = command->next;
		if (!command && action->next) {
			action = action->next;
			command = action->commands;
		}
	}
	media = h248_descriptor_find(command->descriptors, H248_MEDIA);
	err = iq_side_read(&ground, side, exists ? &old : NULL, NULL,
			   media->media.streams, fault);
	if (!err && exists)
		iq_side_release(&ground, &old, side);
	h248_message_wipe(&message);
	return err;
}

static void check(struct iq_side *side, bool exists, const char *name,
		  int number, const char *expect)
{
	struct iq_fault fault = { 0 };
	int err = read_command(side, exists, name, number, &fault);

	if (!ktap(!err && strstr(show(side), expect), "%s, command %d", name,
		  number))
		ktap_note("%u %s: %s", fault.code, fault.text, show(side));
}

static void test_originating(const char *reserve, const char *configure)
{
	struct iq_side core, access;

	reset_ports();
	fake_keyring_reset();
	iq_side_init(&core, 1);
	iq_side_init(&access, 1);
	check(&core, false, reserve, 0,
	      "audio RTP/AVP [97] 203.0.113.20:40000/40001 > -:0/0 keys 0,0 "
	      "16000 Hz chosen alone");
	check(&core, true, configure, 0,
	      "203.0.113.20:40000/40001 > 203.0.113.99:51372/51373 keys 0,0 "
	      "16000 Hz");
	check(&access, false, configure, 1,
	      "audio RTP/SAVP [97] 198.51.100.20:30000/30001 > "
	      "10.0.0.5:49170/49171 keys 1,2");
	ktap(access.filter_address && access.filter_prefix == 128 &&
	     !access.filter_ports && access.police && access.peak == 12000 &&
	     access.burst == 4000 && access.dscp == 0x2e,
	     "%s: filter, policing, DSCP", configure);
	check(&access, true, "o3-hold", 0, "keys 1,2");
	ktap(access.mode == H248_INACTIVE && access.police &&
	     access.filter_address, "o3-hold: only the mode has changed");
	check(&access, true, "o4-rekey", 0,
	      "198.51.100.20:30000/30001 > 10.0.0.5:49170/49171 keys 3,4");
	iq_side_release(&ground, &core, NULL);
	iq_side_release(&ground, &access, NULL);
	ktap(!ports_in_use() && !fake_keyring_references(), "all is given back");
}

static void test_terminating(void)
{
	struct realm *realm = &config.realm[ACCESS];
	struct iq_side core, access;

	reset_ports();
	ports_claim(realm->ports[1], 30000);
	ports_claim(realm->ports[1], 30001);
	fake_keyring_reset();
	iq_side_init(&core, 1);
	iq_side_init(&access, 1);
	check(&access, false, "t1-reserve-access", 0,
	      "audio RTP/SAVP [97] 2001:db8::20:30004/30005 > -:0/0 keys 0,0 "
	      "8000 Hz chosen alone");
	check(&access, true, "t2-configure", 0,
	      "audio RTP/SAVP [97] 2001:db8::20:30002/30003 > "
	      "2001:db8:77::1:49172/49173 keys 1,2 8000 Hz");
	check(&core, false, "t2-configure", 1,
	      "audio RTP/AVP [97] 203.0.113.20:40000/40001 > "
	      "203.0.113.50:42000/42001 keys 0,0 8000 Hz chosen");
	iq_side_release(&ground, &core, NULL);
	iq_side_release(&ground, &access, NULL);
	ktap(ports_in_use() == 2 && !fake_keyring_references(), "all is given back");
}

static void test_others(void)
{
	struct iq_side core, access;
	struct iq_fault fault;

	reset_ports();
	iq_side_init(&core, 1);
	iq_side_init(&access, 1);
	check(&access, false, "e1-passthrough", 0,
	      "audio RTP/SAVP [-] 198.51.100.20:30000/30001 > "
	      "198.51.100.77:49170/49171 keys 0,0");
	check(&core, false, "e1-passthrough", 1,
	      "audio RTP/SAVP [-] 203.0.113.20:40000/40001 > -:0/0 keys 0,0");
	iq_side_release(&ground, &core, NULL);
	iq_side_release(&ground, &access, NULL);
	iq_side_init(&access, 1);
	ktap(read_command(&access, false, "m1-msrp-e2ae", 0, &fault) &&
	     fault.code == 449 && !strcmp(fault.text, "TCP/TLS/MSRP"),
	     "m1-msrp-e2ae is refused");
	iq_side_release(&ground, &access, NULL);
	ktap(!ports_in_use() && !fake_keyring_references(), "all is given back");
}

int main(void)
{
	build_realms();
	test_defaults();
	test_only_realm();
	test_properties();
	test_filters();
	RUN(realms);
	RUN(controls);
	RUN(locals);
	RUN(words);
	RUN(rtcps);
	RUN(remotes);
	RUN(cryptos);
	test_crypto_values();
	test_crypto_refused("|1:17", "MKI of 17 octets");
	test_crypto_refused(" KDR=3", "KDR=3");
	test_fork();
	test_next_address();
	test_exhaustion();
	test_transaction();
	test_replies();
	test_packages();
	test_originating("o1-reserve-core", "o2-configure");
	test_originating("o1-reserve-core-c", "o2-configure-c");
	test_terminating();
	test_others();
	free_realms();
	return ktap_finish();
}
