// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue request, make: a ticket before it is needed. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "ue/wish.h"

static int read_wish(struct wish *wish, int argc, char **argv,
		     struct fault *fault)
{
	int option, err = 0;

	while ((option = getopt(argc, argv, "l:1")) != -1)
		if (option == '1')
			wish->flags &= ~MIKEY_J;
		else if (option != 'l' || !wish_set_lifetime(wish, optarg))
			return fault_usage(fault);
	if (optind == argc || argc - optind > MIKEY_RECIPIENTS_MAX)
		return fault_usage(fault);
	wish->recipients = 0;
	while (optind < argc && !err)
		err = ue_identity_of(&wish->recipient[wish->recipients++],
				     argv[optind++], fault);
	return err;
}

static int run(struct ue *ue, int argc, char **argv,
	       int (*get)(struct ue *ue, const struct wish *wish,
			  struct ticket *ticket, struct fault *fault),
	       struct fault *fault)
{
	struct wish wish = wish_call(ue, (struct sg_slice){ "", 0 });
	struct ticket ticket;
	int err = read_wish(&wish, argc, argv, fault);

	if (!err)
		err = get(ue, &wish, &ticket, fault);
	if (err)
		return err;
	if (ue->json)
		err = ue_print_json(ticket_json(&ticket), fault);
	else
		puts(ticket.id);
	ticket_wipe(&ticket);
	return err;
}

int run_request(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	return run(ue, argc, argv, wish_request, fault);
}

int run_make(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	return run(ue, argc, argv, wish_make, fault);
}
