// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sides of Iq: the octets stand in Media{ }, and each of its streams is read
 * into one side, as an Add and Modifies would do. Every second one is
 * committed. Afterwards each port and key is back, a refusal has a code and
 * plain words, and none of them is from a key.
 */
#include <stdio.h>

#include "../lib/fake_keyring.h"
#include "canary.h"
#include "fuzz.h"
#include "gated/iq/iq_side.h"
#include "lib/address.h"

enum { TEXT_MAX = 8192 };

/* Writes the canary over all keys of @text. */
static void mark_keys(char *text, size_t size)
{
	char *at = text, *end = text + size;

	while ((at = memmem(at, end - at, "inline:", 7))) {
		at += 7;
		mark_key(at, end, 0);
	}
}

/* -- the ground ------------------------------------------------------------------ */

static struct config config = { .realm_count = 2 };
static const struct iq_ground ground = { .config = &config };

static void add_address(struct realm *realm, const char *address)
{
	sg_address_parse(realm->address[realm->address_count++], address);
}

static void build_realms(void)
{
	if (config.realm[0].name[0])
		return;
	strcpy(config.realm[0].name, "access.example");
	add_address(&config.realm[0], "198.51.100.20");
	add_address(&config.realm[0], "2001:db8::20");
	strcpy(config.realm[1].name, "core.example");
	add_address(&config.realm[1], "203.0.113.20");
}

static void open_ports(void)
{
	for (int i = 0; i < 3; i++)
		config.realm[i / 2].ports[i % 2] = ports_new(30000, 30007);
}

static void close_ports(void)
{
	__u32 used, resting;

	for (int i = 0; i < 3; i++) {
		struct ports *ports = config.realm[i / 2].ports[i % 2];

		ports_count(ports, 0, &used, &resting);
		require(!used);
		ports_free(ports);
	}
}

/* -- reading ----------------------------------------------------------------------- */

static void check_fault(const struct iq_fault *fault)
{
	require(fault->code >= 400 && fault->code < 600 && fault->text[0]);
	for (const char *c = fault->text; *c; c++)
		require(*c >= ' ' && *c <= '~' && *c != '"' && *c != '{' &&
			*c != '}');
	require(!shows_canary(fault->text, strlen(fault->text)));
}

static void check_side(const struct iq_side *side)
{
	static char space[8192], sdp[512];
	struct h248_message message;
	int size = iq_side_sdp(side, sdp, sizeof(sdp));

	require(size >= 0 && !!size == side->has_local);
	require(!memchr(sdp, '}', size));
	require(!side->has_local || side->port[0]);
	require(!side->send.slot[0] == !side->send.suite);
	require(!side->send.slot[0] || side->secure);
	require(!side->receive.slot[0] || side->remote_secure);
	h248_message_init(&message, space, sizeof(space));
	require(iq_side_properties(side, &message));
}

static void read_streams(const struct h248_stream *stream)
{
	struct iq_side old, copy;
	bool exists = false;
	struct iq_fault fault = { 0 };

	iq_side_init(&copy, 1);
	old = copy;
	for (int i = 1; stream; stream = stream->next, i++) {
		if (iq_side_read(&ground, &copy, exists ? &old : NULL, NULL,
				 stream, &fault)) {
			check_fault(&fault);
			iq_side_release(&ground, &copy, exists ? &old : NULL);
			copy = old;
			continue;
		}
		check_side(&copy);
		if (i & 1)
			continue;
		if (exists)
			iq_side_release(&ground, &old, &copy);
		old = copy;
		exists = true;
	}
	iq_side_release(&ground, &copy, exists ? &old : NULL);
	if (exists)
		iq_side_release(&ground, &old, NULL);
}

static void read_message(char *text, size_t size)
{
	static char arena[H248_ARENA_SIZE(TEXT_MAX)];
	const struct h248_descriptor *media = NULL;
	const struct h248_action *actions;
	struct h248_message message;
	struct h248_fault fault;

	if (!h248_parse(&message, arena, sizeof(arena), text, size, &fault)) {
		actions = message.transactions->actions;
		if (actions && actions->commands)
			media = h248_descriptor_find(
				actions->commands->descriptors, H248_MEDIA);
		if (media)
			read_streams(media->media.streams);
	}
	h248_message_wipe(&message);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const char head[] = "!/2 m T=1{C=1{MF=a{M{", tail[] = "}}}}";
	size_t at = sizeof(head) - 1, whole = at + size + sizeof(tail) - 1;
	char *text;

	if (whole > TEXT_MAX || shows_canary((const char *)data, size))
		return 0;
	text = malloc(whole);
	memcpy(text, head, at);
	memcpy(text + at, data, size);
	memcpy(text + at + size, tail, sizeof(tail) - 1);
	mark_keys(text, whole);
	build_realms();
	open_ports();
	fake_keyring_reset();
	read_message(text, whole);
	close_ports();
	require(!fake_keyring_references());
	free(text);
	return 0;
}
