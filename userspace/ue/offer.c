// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue offer: TS 33.328 B.1.2, steps 1 to 10. */
#include "ue/offer.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "lib/mikey_text.h"
#include "lib/mikey_wire.h"
#include "lib/private_file.h"
#include "lib/secret.h"
#include "ue/sessions.h"
#include "ue/text_file.h"
#include "ue/wish.h"

enum { VERSION = 1 };		/* of the file */

#define KIND "call"

/* -- the file -------------------------------------------------------------- */

static int save(struct ue *ue, const char *path, struct sg_slice transfer,
		struct sg_slice callee, const struct mikey_keys *keys,
		struct fault *fault)
{
	__u8 record[OFFER_RECORD_MAX], chain[MIKEY_KEYS_SIZE_MAX];
	struct mikey_writer w = mikey_writer_of(record, sizeof(record));
	int size = mikey_keys_print(chain, sizeof(chain), keys);
	int err = ue_store(ue, fault);

	mikey_put_u8(&w, VERSION);
	mikey_put_counted(&w, 2, transfer);
	mikey_put_counted(&w, 2, callee);
	if (size > 0)
		mikey_put_counted(&w, 2, mikey_slice(chain, size));
	if (!err && (size < 0 || mikey_written(&w) < 0))
		err = fault_set(fault, EINVAL, "the call cannot be kept");
	if (!err)
		err = store_write_file(ue->store, path, KIND,
				       mikey_slice(record, mikey_written(&w)),
				       fault);
	sg_secret_zero(record, sizeof(record));
	sg_secret_zero(chain, sizeof(chain));
	return err;
}

static int parse(struct offer *offer, size_t size)
{
	struct sg_cursor c = sg_cursor_of(offer->octets, size);
	struct mikey_fault ignored;
	struct sg_slice transfer, chain;
	int err;

	if (sg_cursor_u8(&c) != VERSION)
		return -ENOTSUP;
	transfer = mikey_take_counted(&c, 2);
	offer->callee = mikey_take_counted(&c, 2);
	chain = mikey_take_counted(&c, 2);
	if (c.failed || sg_cursor_left(&c))
		return -EINVAL;
	err = mikey_transfer_parse(&offer->transfer, transfer, &ignored);
	return err ? err : mikey_keys_parse(&offer->keys, chain, &ignored);
}

int offer_read(struct ue *ue, const char *path, struct offer *offer,
	       struct fault *fault)
{
	int size, err = ue_store(ue, fault);
	char *record;

	memset(offer, 0, sizeof(*offer));
	if (err)
		return err;
	size = store_read_file(ue->store, path, KIND, &record, fault);
	if (size < 0)
		return size;
	err = -E2BIG;
	if (size <= (int)sizeof(offer->octets)) {
		memcpy(offer->octets, record, size);
		err = parse(offer, size);
	}
	private_file_free(record, size);
	return err ? fault_set(fault, EINVAL, "%s is no call's", path) : 0;
}

/* -- the command ----------------------------------------------------------- */

struct request {
	const char *state;
	const char *ticket;	/* its ID; NULL: any that fits */
	struct sg_slice callee;
	struct description description;
	char text[DESCRIPTION_MAX];
};

static int read_request(struct request *request, int argc, char **argv,
			struct fault *fault)
{
	struct sg_slice text;
	int option, err;

	while ((option = getopt(argc, argv, "s:t:")) != -1)
		if (option == 's')
			request->state = optarg;
		else if (option == 't')
			request->ticket = optarg;
		else
			return fault_usage(fault);
	if (!request->state || optind == argc || argc - optind > 2)
		return fault_usage(fault);
	err = ue_identity_of(&request->callee, argv[optind], fault);
	if (!err && memchr(request->callee.at, '*', request->callee.size))
		err = fault_set(fault, EINVAL, "a group cannot be called");
	if (!err)
		err = text_file_read(&text, request->text,
				     sizeof(request->text), argv[optind + 1],
				     fault);
	if (!err)
		err = description_read(&request->description, text, fault);
	if (!err && request->description.message.size)
		err = fault_set(fault, EINVAL,
				"the description has a=key-mgmt already");
	return err;
}

static int get_ticket(struct ue *ue, const struct request *request,
		      struct ticket *ticket, struct fault *fault)
{
	struct wish wish = wish_call(ue, request->callee);
	int err = ue_store(ue, fault);

	if (!err && !request->ticket)
		err = wish_by_policy(ue, &wish, fault);
	if (!err && !request->ticket)
		return wish_obtain(ue, &wish, ticket, fault);
	if (!err)
		err = store_get(ue->store, request->ticket, ticket, fault);
	if (err || wish_fits(ue, &wish, ticket))
		return err;
	ticket_wipe(ticket);
	return fault_set(fault, EPERM, "ticket %s does not fit this call",
			 request->ticket);
}

/* TRANSFER_INIT. Returns its octets. */
static int write_transfer(__u8 *octets, size_t size, struct ue *ue,
			  const struct request *request,
			  const struct ticket *ticket, struct fault *fault)
{
	const struct mikey_key *key = mikey_keys_find(&ticket->keys, MIKEY_TGK,
						      NULL);
	const struct mikey_secret *mpki = &ticket->keys.key[0].secret;
	struct sessions_memory memory;
	__u8 rand[32];		/* no less than any key: RFC 6043 12.1 */
	struct mikey_transfer transfer = {
		.prf = ticket->policy.prf,
		.t = ue_time(ue),
		.rand = mikey_slice(rand, sizeof(rand)),
		.initiator = ue_identity(ue),
		.responder = request->callee,
		.sdp_ids = SG_SLICE("mikey"),
		.ticket = ticket->body,
		.policy = ticket->policy,
	};
	int err = ue_random(rand, sizeof(rand), fault);

	if (!err)
		err = ue_random(&transfer.csb_id, sizeof(transfer.csb_id),
				fault);
	if (!err)
		err = sessions_offer(&transfer.sessions, &memory, &ue->config,
				     &request->description.sdp,
				     mikey_slice(key->spi, key->spi_size),
				     fault);
	if (err)
		return err;
	err = mikey_transfer_print(octets, size, &transfer, mpki,
				   &ticket->keys.key[1].secret, NULL);
	return err > 0 ? err : fault_set(fault, -err,
					 "the offer cannot be written");
}

static int print(struct ue *ue, const struct request *request,
		 const struct ticket *ticket, struct sg_slice message,
		 struct fault *fault)
{
	char value[MIKEY_ATTRIBUTE_SIZE(MIKEY_MESSAGE_MAX)];
	char text[DESCRIPTION_MAX + sizeof(value) + 64];
	int size = mikey_attribute_print(value, sizeof(value), message);

	if (size > 0)
		size = description_print(text, sizeof(text),
					 &request->description,
					 (struct sg_slice){ value, size });
	if (size < 0)
		return fault_set(fault, -size, "the offer cannot be written");
	if (ue->json)
		return ue_print_json(json_pack("{s:s%, s:o}", "sdp", text,
					       (size_t)size, "ticket",
					       ticket_json(ticket)),
				     fault);
	fwrite(text, 1, size, stdout);
	return 0;
}

/* The ticket is counted before anybody can see it. */
static int offer(struct ue *ue, const struct request *request,
		 struct ticket *ticket, struct fault *fault)
{
	__u8 octets[MIKEY_MESSAGE_MAX];
	struct sg_slice message;
	int size = write_transfer(octets, sizeof(octets), ue, request, ticket,
				  fault);
	int err;

	if (size < 0)
		return size;
	message = mikey_slice(octets, size);
	err = store_use(ue->store, ticket, fault);
	if (!err)
		err = save(ue, request->state, message, request->callee,
			   &ticket->keys, fault);
	return err ? err : print(ue, request, ticket, message, fault);
}

int run_offer(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	static struct request request;
	struct ticket ticket;
	int err = read_request(&request, argc, argv, fault);

	if (!err)
		err = get_ticket(ue, &request, &ticket, fault);
	if (err)
		return err;
	err = offer(ue, &request, &ticket, fault);
	ticket_wipe(&ticket);
	return err;
}
