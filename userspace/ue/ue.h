/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * srtpgate-ue(1), the terminal's side of MIKEY-TICKET: what its commands
 * share. Each command is one file with one function of type command_run,
 * named in the table of main.c.
 */
#ifndef SRTPGATE_UE_H
#define SRTPGATE_UE_H

#include <jansson.h>

#include "lib/mikey_time.h"
#include "ue/config.h"
#include "ue/store.h"

/* Exit statuses of srtpgate-ue(1). */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct ue {
	struct config config;
	bool json;
	int passphrase;		/* descriptor of the store's; -1: none */
	struct store *store;	/* ue_store() */
	__u64 last_t;
};

/*
 * argv[0] is the command's name. 0 or a negative errno with @fault, whose
 * text is empty when it was called in a wrong way: fault_usage().
 */
typedef int command_run(struct ue *ue, int argc, char **argv,
			struct fault *fault);

command_run run_init, run_check, run_request, run_make, run_tickets,
	run_offer, run_accept, run_complete, run_message, run_tls_psk;

/* Opens the store, once. */
int ue_store(struct ue *ue, struct fault *fault);

/* NTP seconds, and a T that no other of this terminal's is. */
__u64 ue_now(void);
struct mikey_time ue_time(struct ue *ue);

/* Who we are when we begin something. */
struct sg_slice ue_identity(const struct ue *ue);

/*
 * The KMS user identity of @word, "sip:bob@b.example" or "bob@b.example"; a
 * group's too. It lies in @word. -EINVAL with @fault.
 */
int ue_identity_of(struct sg_slice *identity, const char *word,
		   struct fault *fault);

/*
 * The NAF-Key. The caller wipes @psk; it is zero after an error. -ENOKEY: we
 * have a certificate instead.
 */
int ue_psk(const struct ue *ue, struct mikey_secret *psk, struct fault *fault);

/* An identity from outside, for people: what does not print as '?'. */
enum { UE_SHOWN = 64 };		/* characters, with the NUL; cut off */
const char *ue_show(char text[UE_SHOWN], struct sg_slice identity);

/* Random octets. -EIO with @fault. */
int ue_random(void *out, size_t size, struct fault *fault);

/* A MIKEY fault as a sentence: "@what: ...". Returns @err. */
int ue_refuse(struct fault *fault, int err, const char *what,
	      const struct mikey_fault *why);

/* Prints @value, one line, and drops the reference. */
int ue_print_json(json_t *value, struct fault *fault);

#endif /* SRTPGATE_UE_H */
