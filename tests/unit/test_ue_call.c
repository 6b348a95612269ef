// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls of two terminals without a network: offer, answer, keys; every octet
 * of both descriptions and of both MIKEY messages changed, of which none must
 * be accepted that gives other keys; the store's files changed, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fake_kms.h"
#include "../lib/ktap.h"
#include "lib/log.h"
#include "lib/mikey_text.h"

enum {
	FILE_MAX = 65536,
	KEY_TEXT = 60,	/* SSRC, suite and most of a key */
};

static char folder[] = "/tmp/test_ue_call.XXXXXX";
static struct ue alice = { .passphrase = -1 }, bob = { .passphrase = -1 };
static struct fault fault;

struct text {
	char at[FILE_MAX];
	size_t size;
};

/* -- files ----------------------------------------------------------------- */

static const char *in_folder(const char *name)
{
	static char paths[8][128];
	static int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

static void write_text(const char *name, const void *text, size_t size)
{
	int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, size) != (ssize_t)size || close(fd))
		ktap_bail_out("%s cannot be written", name);
}

static struct text read_text(const char *name)
{
	struct text text = { .size = 0 };
	FILE *file = fopen(in_folder(name), "r");

	if (file) {
		text.size = fread(text.at, 1, sizeof(text.at), file);
		fclose(file);
	}
	return text;
}

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *where)
{
	(void)status;
	(void)type;
	(void)where;
	return remove(path);
}

/* -- terminals ------------------------------------------------------------- */

static void open_ue(struct ue *ue, const char *name, const char *identity)
{
	char text[1024];
	int size = snprintf(
		text, sizeof(text),
		"identities = [ \"%s\" ]; skew = 3600;\n"
		"kms = { name = \"kms.a.example\"; address = \"0:1\"; };\n"
		"credential = { id = \"x@bsf\"; key_file = \"%s/naf\"; };\n"
		"store = { path = \"%s/%s\"; key_file = \"%s/key\"; };\n"
		"accept = { own_tickets = true; };\n",
		identity, folder, folder, name, folder);

	write_text("conf", text, size);
	if (config_load(&ue->config, in_folder("conf"), &fault) ||
	    store_make(&ue->config.store, -1, &fault))
		ktap_bail_out("%s: %s", name, fault.text);
}

/* A command with its standard output in the file @out. */
static int run(struct ue *ue, command_run *command, const char *out, int argc,
	       char **argv)
{
	int keep = dup(STDOUT_FILENO), fd, err;

	fflush(stdout);
	fd = open(in_folder(out), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDOUT_FILENO);
	close(fd);
	fault = (struct fault){ 0 };
	optind = 0;
	err = command(ue, argc, argv, &fault);
	fflush(stdout);
	dup2(keep, STDOUT_FILENO);
	close(keep);
	return err;
}

#define RUN(ue, command, out, ...)                                             \
	run(ue, command, out, sizeof((char *[]){ __VA_ARGS__ }) / 8,           \
	    (char *[]){ __VA_ARGS__, NULL })

static int offer(void)
{
	return RUN(&alice, run_offer, "offer", "offer", "-s",
		   (char *)in_folder("state"), "bob@b.example",
		   (char *)in_folder("sdp"));
}

static int accept_offer(const char *name)
{
	unlink(in_folder("bob.keys"));
	return RUN(&bob, run_accept, "answer", "accept", "-k",
		   (char *)in_folder("bob.keys"), "-e",
		   (char *)in_folder("why"), (char *)in_folder(name),
		   (char *)in_folder("sdp"));
}

static int complete(const char *name)
{
	unlink(in_folder("alice.keys"));
	return RUN(&alice, run_complete, "peer", "complete", "-k",
		   (char *)in_folder("alice.keys"), (char *)in_folder("state"),
		   (char *)in_folder(name));
}

/* What one sends the other receives. */
static bool same_keys(void)
{
	struct text ours = read_text("alice.keys");
	struct text theirs = read_text("bob.keys");
	const char *sent = strstr(ours.at, " send ");
	const char *heard = strstr(ours.at, " receive ");
	const char *theirs_sent = strstr(theirs.at, " send ");
	const char *theirs_heard = strstr(theirs.at, " receive ");

	return sent && heard && theirs_sent && theirs_heard &&
	       !strncmp(sent + 6, theirs_heard + 9, KEY_TEXT) &&
	       !strncmp(heard + 9, theirs_sent + 6, KEY_TEXT);
}

static bool call(void)
{
	return !offer() && !accept_offer("offer") && !complete("answer") &&
	       same_keys();
}

/* -- what is changed on the way -------------------------------------------- */

/*
 * Each octet of a description in turn: refused, or it made no difference to
 * MIKEY, so that the keys are right. @judge runs on the file "changed".
 */
static int accepted_texts(const char *name, int (*judge)(const char *name))
{
	struct text good = read_text(name);
	int accepted = 0;

	for (size_t i = 0; i < good.size; i++) {
		struct text bad = good;

		bad.at[i] ^= 1 + i % 127;
		write_text("changed", bad.at, bad.size);
		accepted += !judge("changed");
	}
	ktap_note("%zu octets, %d changes made no difference", good.size,
		  accepted);
	return accepted;
}

/* The same for the octets of the message itself; no change may pass. */
static int accepted_messages(const char *name, int (*judge)(const char *name))
{
	struct text good = read_text(name);
	char *value = strstr(good.at, "a=key-mgmt:") + 11;
	char *end = strchr(value, '\r');
	__u8 octets[8192];
	int size = mikey_attribute_parse(octets, sizeof(octets),
					 (struct sg_slice){ value,
							    end - value });
	int accepted = 0;

	for (int i = 0; i < size; i++) {
		struct text bad = good;

		octets[i] ^= 1 + i % 255;
		mikey_attribute_print(bad.at + (value - good.at), end - value,
				      mikey_slice(octets, size));
		octets[i] ^= 1 + i % 255;
		write_text("changed", bad.at, bad.size);
		accepted += !judge("changed");
	}
	ktap_note("%d octets", size);
	return size > 0 ? accepted : -1;
}

/*
 * As if nothing had been seen before; and what is accepted gives the keys
 * that alice gets.
 */
static int accept_again(const char *name)
{
	struct text seen = read_text("bob/seen");
	int err = accept_offer(name);

	write_text("bob/seen", seen.at, seen.size);
	if (err && !access(in_folder("bob.keys"), F_OK))
		ktap(false, "keys in spite of \"%s\"", fault.text);
	if (!err && (complete("answer") || !same_keys()))
		ktap(false, "accepted, with other keys: %s", fault.text);
	return err;
}

/* -- cases ----------------------------------------------------------------- */

static void test_calls(void)
{
	int asked;

	ktap(call(), "a call: %s", fault.text);
	asked = fake_kms.questions;
	ktap(asked == 2, "asked for and resolved once");
	ktap(call() && fake_kms.questions == asked, "another asks nobody");
	fake_kms.down = true;
	ktap(call(), "and needs nobody");
	fake_kms.down = false;
	ktap(accept_offer("offer") == -EALREADY, "an offer counts once");
	alice.config.ticket.own = true;
	alice.config.ticket.reusable = false;
	ktap(call(), "a ticket of one's own");
	alice.config.ticket.own = false;
}

static int forget(struct store *store, struct ticket *ticket, void *arg)
{
	return store_remove(store, ticket->id, arg);
}

/* Of a ticket that is known nobody checks Vr (RFC 6043 5.3): for one call. */
static void test_changed_offer(void)
{
	static struct ticket ticket;

	alice.config.ticket.reusable = false;
	store_each(alice.store, &ticket, forget, &fault, &fault);
	if (offer() || accept_again("offer"))
		ktap_bail_out("no call: %s", fault.text);
	ktap(!accepted_messages("offer", accept_again),
	     "no TRANSFER_INIT with another octet is accepted");
	ktap(accepted_texts("offer", accept_again) > 0,
	     "the rest of an offer is not MIKEY's, but the keys are right");
}

static void test_changed_answer(void)
{
	if (!call())
		ktap_bail_out("no call: %s", fault.text);
	ktap(!accepted_messages("answer", complete),
	     "no TRANSFER_RESP with another octet is accepted");
	ktap(accepted_texts("answer", complete) > 0,
	     "the rest of an answer is not MIKEY's");
	ktap(!complete("answer") && same_keys(),
	     "and the answer itself is accepted");
}

/* Configurations refuse it already; another's terminal may not. */
static void test_strength(void)
{
	enum sg_suite was = alice.config.suite[0];

	alice.config.suite[0] = SG_SUITE_AEAD_AES_256_GCM;
	bob.config.suite[0] = SG_SUITE_AEAD_AES_256_GCM;
	ktap(!offer() && accept_offer("offer") == -EPERM &&
		     strstr(fault.text, "does not go with") &&
		     access(in_folder("bob.keys"), F_OK),
	     "no keys of 256 bits from a ticket of 128: %s", fault.text);
	alice.config.suite[0] = bob.config.suite[0] = was;
}

/* -- Error messages -------------------------------------------------------- */

static bool says(const char *text)
{
	return strstr(fault.text, text);
}

static void test_refused(void)
{
	const struct identity_list nobody = { { SG_SLICE("x@y") }, 1 };

	alice.config.ticket.reusable = true;
	bob.config.accept.from = nobody;
	ktap(!offer() && accept_offer("offer") == -EPERM, "bob refuses alice");
	bob.config.accept.from.patterns = 0;
	ktap(complete("why") == -EREMOTEIO && says("error 15, or somebody"),
	     "she learns it, from him or somebody else: %s", fault.text);
	ktap(call() && accept_offer("offer") == -EALREADY &&
		     complete("why") == -EREMOTEIO && says("error 1") &&
		     !says("somebody"),
	     "a replay's Error message is proven: %s", fault.text);
	ktap(!offer() && complete("why") == -EPROTO,
	     "it is none to another offer");
}

int main(void)
{
	static const char sdp[] = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
				  "c=IN IP4 192.0.2.1\r\nt=0 0\r\n"
				  "m=audio 5004 RTP/AVP 0\r\n";

	if (!mkdtemp(folder))
		ktap_bail_out("no folder");
	write_text("naf", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n",
		   45);
	write_text("sdp", sdp, sizeof(sdp) - 1);
	open_ue(&alice, "alice", "alice@a.example");
	open_ue(&bob, "bob", "bob@b.example");
	test_calls();
	test_strength();
	test_refused();
	test_changed_offer();
	test_changed_answer();
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return ktap_finish();
}
