// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue init, check, tickets: the store as people see it. */
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "ue/kms.h"

int run_init(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	(void)argv;
	if (argc != 1)
		return fault_usage(fault);
	return store_make(&ue->config.store, ue->passphrase, fault);
}

/* -- does it all fit together? --------------------------------------------- */

static int count_one(struct store *store, struct ticket *ticket, void *arg)
{
	(void)store;
	(void)ticket;
	++*(int *)arg;
	return 0;
}

int run_check(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	struct ticket ticket;
	char shown[UE_SHOWN];
	int err, tickets = 0;

	(void)argv;
	if (argc != 1)
		return fault_usage(fault);
	err = kms_check(ue, fault);
	if (!err)
		err = ue_store(ue, fault);
	if (!err)
		err = store_each(ue->store, &ticket, count_one, &tickets,
				 fault);
	if (!err)
		printf("%s, %d tickets, asks %s at %s\n",
		       ue_show(shown, ue_identity(ue)), tickets,
		       ue->config.kms.name, ue->config.kms.address);
	return err;
}

/* -- what there is --------------------------------------------------------- */

static void print_line(const struct ticket *ticket)
{
	const struct mikey_policy *policy = &ticket->policy;
	bool ours = ticket->role == TICKET_INITIATOR;
	char flags[13], end[32] = "never", shown[UE_SHOWN];
	time_t when = policy->end - MIKEY_UNIX_EPOCH;

	mikey_flags_print(flags, policy->flags);
	if (policy->end)
		strftime(end, sizeof(end), "%Y-%m-%d %H:%M:%S",
			 localtime(&when));
	printf("%s  %s  %-32.32s %s %-19s  %4u  %s\n", ticket->id,
	       ours ? "for " : "from",
	       ue_show(shown, ours ? policy->recipient[0] : policy->initiator),
	       policy->recipients > 1 ? "+" : " ", end, ticket->uses, flags);
}

static int print_one(struct store *store, struct ticket *ticket, void *arg)
{
	(void)store;
	(void)arg;
	print_line(ticket);
	return 0;
}

static int append_one(struct store *store, struct ticket *ticket, void *arg)
{
	(void)store;
	json_array_append_new(arg, ticket_json(ticket));
	return 0;
}

static int list(struct ue *ue, struct fault *fault)
{
	struct ticket ticket;
	json_t *all;
	int err;

	if (!ue->json)
		return store_each(ue->store, &ticket, print_one, NULL, fault);
	all = json_array();
	err = store_each(ue->store, &ticket, append_one, all, fault);
	if (!err)
		return ue_print_json(all, fault);
	json_decref(all);
	return err;
}

static int show(struct ue *ue, const char *id, struct fault *fault)
{
	struct ticket ticket;
	int err = store_get(ue->store, id, &ticket, fault);

	if (err)
		return err;
	if (ue->json)
		err = ue_print_json(ticket_json(&ticket), fault);
	else
		print_line(&ticket);
	ticket_wipe(&ticket);
	return err;
}

/* -- fewer ----------------------------------------------------------------- */

static int remove_all(struct ue *ue, int count, char **ids,
		      struct fault *fault)
{
	int err = 0;

	for (int i = 0; i < count && !err; i++)
		err = store_remove(ue->store, ids[i], fault);
	return err;
}

static int prune_one(struct store *store, struct ticket *ticket, void *arg)
{
	bool good = ticket_is_unspent(ticket) &&
		    (!ticket->policy.end || ticket->policy.end > ue_now());

	return good ? 0 : store_remove(store, ticket->id, arg);
}

int run_tickets(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	const char *what = argc > 1 ? argv[1] : "list";
	struct ticket ticket;
	int err = ue_store(ue, fault);

	if (err)
		return err;
	if (argc <= 2 && !strcmp(what, "list"))
		return list(ue, fault);
	if (argc == 3 && !strcmp(what, "show"))
		return show(ue, argv[2], fault);
	if (argc > 2 && !strcmp(what, "remove"))
		return remove_all(ue, argc - 2, argv + 2, fault);
	if (argc == 2 && !strcmp(what, "prune"))
		return store_each(ue->store, &ticket, prune_one, fault, fault);
	return fault_usage(fault);
}
