/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a terminal keeps from one command to the next: tickets, which
 * TRANSFER_INITs were seen, and the state of calls that wait for an answer;
 * each a file, sealed (lib/seal.h).
 *
 * Whoever copies the folder reads no key and no identity in it; whoever
 * writes in it can remove something or put an older state back, but nothing
 * of his own. Whoever has the key or the passphrase has all.
 */
#ifndef SRTPGATE_UE_STORE_H
#define SRTPGATE_UE_STORE_H

#include "lib/mikey_time.h"
#include "ue/config.h"
#include "ue/ticket.h"

struct store;

/*
 * Makes the folder, and the key's file if there is none. @passphrase: the
 * descriptor that has it where no file has; -1: none. -EEXIST: it is there
 * already. Negative errno with @fault, as everywhere here.
 */
int store_make(const struct config_store *config, int passphrase,
	       struct fault *fault);

/* -ENOENT: it was never made; -EKEYREJECTED: another key or passphrase. */
int store_open(struct store **store, const struct config_store *config,
	       int passphrase, struct fault *fault);
void store_close(struct store *store);

/* Adds or replaces. */
int store_put(struct store *store, const struct ticket *ticket,
	      struct fault *fault);

/* -ENOENT: none of that ID. The caller wipes @ticket. */
int store_get(struct store *store, const char *id, struct ticket *ticket,
	      struct fault *fault);
int store_remove(struct store *store, const char *id, struct fault *fault);

/*
 * Reads each into @ticket and calls @visit, until that returns other than 0,
 * which is returned. What cannot be read is logged and passed over. @ticket is
 * wiped, but for a value above 0: that found it.
 */
typedef int store_visit(struct store *store, struct ticket *ticket, void *arg);
int store_each(struct store *store, struct ticket *ticket, store_visit *visit,
	       void *arg, struct fault *fault);

/*
 * One more call with @ticket. -EALREADY: it was good for one, and another
 * command was faster.
 */
int store_use(struct store *store, struct ticket *ticket, struct fault *fault);

/* As mikey_replay_check(), over all commands of this terminal. */
int store_seen(struct store *store, const struct mikey_time *t,
	       struct sg_slice tag, __u32 skew, struct fault *fault);

/*
 * Any other file that needs the seal: @kind is what it is. *@text is
 * private_file_free()'s; returns its octets.
 */
int store_write_file(struct store *store, const char *path, const char *kind,
		     struct sg_slice text, struct fault *fault);
int store_read_file(struct store *store, const char *path, const char *kind,
		    char **text, struct fault *fault);

#endif /* SRTPGATE_UE_STORE_H */
