// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue message: TR 33.829 8.3.1.1, sending and receiving. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base64.h"
#include "lib/log.h"
#include "lib/secret.h"
#include "ue/message.h"
#include "ue/message_seen.h"
#include "ue/mime.h"
#include "ue/receive.h"
#include "ue/text_file.h"
#include "ue/wish.h"

/* A protected one is in base64, and has lines. */
enum { INPUT_MAX = 2 * MESSAGE_CMS_MAX };

static struct message_numbers numbers(const struct ue *ue)
{
	return (struct message_numbers){
		.protocol = ue->config.message.protocol,
		.extension = ue->config.message.extension,
	};
}

/* The caller frees @octets; .at is an entity of @size at most. */
static int read_entity(struct message_octets *octets, size_t size,
		       const char *path, struct fault *fault)
{
	struct sg_slice text;
	int err;

	*octets = (struct message_octets){ malloc(size), size };
	if (!octets->at)
		return fault_set(fault, ENOMEM, "out of memory");
	err = text_file_read(&text, octets->at, size, path, fault);
	if (err)
		message_octets_free(octets);
	else
		octets->size = text.size;
	return err;
}

/* -- protect --------------------------------------------------------------- */

struct sending {
	struct wish wish;
	struct sg_slice to;	/* IDRr */
	const char *clear;	/* a file with what stays in the clear */
};

static int read_recipients(struct sending *sending, char **argv, int count,
			   struct fault *fault)
{
	struct wish *wish = &sending->wish;
	int err = 0;

	if (!count || count > MIKEY_RECIPIENTS_MAX)
		return fault_usage(fault);
	for (int i = 0; i < count && !err; i++)
		err = ue_identity_of(&wish->recipient[i], argv[i], fault);
	wish->recipients = count;
	if (!sending->to.size)
		sending->to = wish->recipient[0];
	return err;
}

static int read_sending(struct ue *ue, struct sending *sending, int argc,
			char **argv, struct fault *fault)
{
	struct wish *wish = &sending->wish;
	int option, err = 0;

	*wish = wish_call(ue, (struct sg_slice){ "", 0 });
	wish->kind = MIKEY_GTGK;
	wish->flags = (wish->flags & MIKEY_J) | MESSAGE_FLAGS;
	while (!err && (option = getopt(argc, argv, "1l:t:u:")) != -1)
		if (option == '1') {
			wish->flags &= ~MIKEY_J;
		} else if (option == 'l' && wish_set_lifetime(wish, optarg)) {
			wish->needed = ue_now() + wish->lifetime;
		} else if (option == 't') {
			err = ue_identity_of(&sending->to, optarg, fault);
		} else if (option == 'u') {
			sending->clear = optarg;
		} else {
			return fault_usage(fault);
		}
	return err ? err : read_recipients(sending, argv + optind,
					   argc - optind, fault);
}

static int protect(struct ue *ue, const struct sending *sending,
		   const struct ticket *ticket, struct sg_slice entity,
		   struct sg_slice clear, struct fault *fault)
{
	const struct message_numbers said = numbers(ue);
	struct message_sender sender = {
		.numbers = &said,
		.ticket = ticket->body,
		.policy = &ticket->policy,
		.keys = &ticket->keys,
		.responder = sending->to,
		.t = ue_time(ue),
	};
	struct message_octets out;
	int err = ue_random(&sender.csb_id, sizeof(sender.csb_id), fault);

	if (!err)
		err = ue_random(sender.rand, sizeof(sender.rand), fault);
	if (!err)
		err = message_protect(&out, entity, clear, &sender, fault);
	if (err)
		return err;
	fwrite(out.at, 1, out.size, stdout);
	message_octets_free(&out);
	return 0;
}

/* The ticket is counted before anybody can see it. */
static int send_entity(struct ue *ue, const struct sending *sending,
		       struct sg_slice entity, struct sg_slice clear,
		       struct fault *fault)
{
	struct ticket ticket;
	int err = wish_obtain(ue, &sending->wish, &ticket, fault);

	if (err)
		return err;
	err = store_use(ue->store, &ticket, fault);
	if (!err)
		err = protect(ue, sending, &ticket, entity, clear, fault);
	ticket_wipe(&ticket);
	return err;
}

static int check_entity(struct sg_slice octets, const char *name,
			struct fault *fault)
{
	struct mime_entity entity;

	if (mime_split(&entity, octets))
		return 0;
	return fault_set(fault, EINVAL,
			 "%s must begin with MIME headers and an empty line",
			 name);
}

static int run_protect(struct ue *ue, int argc, char **argv,
		       struct fault *fault)
{
	struct message_octets entity = { 0 }, clear = { 0 };
	struct sending sending = { 0 };
	int err = read_sending(ue, &sending, argc, argv, fault);

	if (!err && sending.clear)
		err = read_entity(&clear, MESSAGE_MAX, sending.clear, fault) ?:
		      check_entity(message_octets_slice(&clear), sending.clear,
				   fault);
	if (!err)
		err = read_entity(&entity, MESSAGE_MAX, "-", fault) ?:
		      check_entity(message_octets_slice(&entity),
				   "the message", fault);
	if (!err)
		err = send_entity(ue, &sending, message_octets_slice(&entity),
				  message_octets_slice(&clear), fault);
	message_octets_free(&clear);
	message_octets_free(&entity);
	return err;
}

/* -- open ------------------------------------------------------------------ */

struct opening {
	struct message_reader reader;
	struct message_numbers numbers;
	struct sg_slice from;	/* empty: whoever we accept */
	struct message_received message;
	struct message_octets plain; /* secret */
	bool proven;
};

static int read_opening(struct ue *ue, struct opening *opening, int argc,
			char **argv, struct fault *fault)
{
	int option, err = 0;

	opening->numbers = numbers(ue);
	opening->reader = (struct message_reader){
		.numbers = &opening->numbers,
		.now = ue_now(),
		.skew = ue->config.skew,
		.unproven = ue->config.message.unproven,
	};
	while (!err && (option = getopt(argc, argv, "df:")) != -1)
		if (option == 'd')
			opening->reader.deferred = true;
		else if (option == 'f')
			err = ue_identity_of(&opening->from, optarg, fault);
		else
			return fault_usage(fault);
	return err || optind == argc ? err : fault_usage(fault);
}

/* What may be known before anybody is asked. */
static int judge(struct ue *ue, struct opening *opening, struct sg_slice text,
		 struct fault *fault)
{
	int err = message_read(&opening->message, text, &opening->numbers,
			       fault);

	if (!err)
		err = receive_judge(ue, &opening->message.transfer,
				    opening->from, fault);
	return err ? err : message_check_time(&opening->message,
					      &opening->reader, fault);
}

static int remember(struct ue *ue, const struct opening *opening,
		    struct fault *fault)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/messages", ue->config.store.path);
	return message_seen(path, message_tag(&opening->message),
			    message_until(&opening->message,
					  opening->reader.skew),
			    opening->reader.now, fault);
}

/*
 * With keys of our KMS, each time anew: only it can say that the initiator
 * sent this (RFC 6043 5.3). Remembered before anybody has read it.
 */
static int open_message(struct ue *ue, struct opening *opening,
			struct fault *fault)
{
	struct mikey_keys own = { 0 };
	struct ticket ticket;
	int err = receive_open(ue, &opening->message.transfer, &ticket, &own,
			       fault);

	if (!err) {
		err = message_open(&opening->plain, &opening->proven,
				   &opening->message, &opening->reader,
				   &ticket.keys, fault);
		ticket_wipe(&ticket);
	}
	mikey_keys_wipe(&own);
	return err ? err : remember(ue, opening, fault);
}

static time_t sent_at(const struct opening *opening)
{
	__u64 seconds;

	mikey_seconds(&opening->message.transfer.t, &seconds);
	return seconds - MIKEY_UNIX_EPOCH;
}

static int print_json(const struct opening *opening, struct fault *fault)
{
	struct sg_slice from = opening->message.transfer.initiator;
	size_t size = SG_BASE64_SIZE(opening->plain.size);
	char *text = malloc(size + 1);
	json_t *value;

	if (!text)
		return fault_set(fault, ENOMEM, "out of memory");
	sg_base64_encode(text, (__u8 *)opening->plain.at, opening->plain.size);
	value = json_pack("{s:s%, s:I, s:b, s:s%}", "from", from.at, from.size,
			  "sent", (json_int_t)sent_at(opening), "proven",
			  opening->proven, "message", text, size);
	sg_secret_zero(text, size);
	free(text);
	return ue_print_json(value, fault);
}

static void print(const struct opening *opening)
{
	struct sg_slice from = opening->message.transfer.initiator;
	time_t sent = sent_at(opening);
	char when[32], shown[UE_SHOWN];

	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", localtime(&sent));
	sg_notice("sent %s%s by %s", when,
		  opening->proven ? "" : ", but maybe not its body,",
		  ue_show(shown, from));
	fwrite(opening->plain.at, 1, opening->plain.size, stdout);
}

static int run_open(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	static struct opening opening;
	struct message_octets text;
	int err = read_opening(ue, &opening, argc, argv, fault);

	if (!err)
		err = read_entity(&text, INPUT_MAX, "-", fault);
	if (err)
		return err;
	err = judge(ue, &opening, message_octets_slice(&text), fault);
	if (!err)
		err = open_message(ue, &opening, fault);
	if (!err && ue->json)
		err = print_json(&opening, fault);
	else if (!err)
		print(&opening);
	message_octets_free(&opening.plain);
	message_free(&opening.message);
	message_octets_free(&text);
	return err;
}

int run_message(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	if (argc > 1 && !strcmp(argv[1], "protect"))
		return run_protect(ue, argc - 1, argv + 1, fault);
	if (argc > 1 && !strcmp(argv[1], "open"))
		return run_open(ue, argc - 1, argv + 1, fault);
	return fault_usage(fault);
}
