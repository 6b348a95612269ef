/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the journal holds of a context and of the association, as octets.
 * Reading checks everything: the file may be damaged. Those of a version
 * before are read too, for upgrades.
 */
#ifndef SRTPGATE_IQ_RECORD_H
#define SRTPGATE_IQ_RECORD_H

#include "gated/iq/iq_context.h"

enum { IQ_RECORD_MAX = 32768 };	/* octets of one record */

/* Returns octets; -ENOSPC. Keys go as slot numbers. */
int iq_record_write(const struct iq_context *context, void *record,
		    size_t size);

/*
 * A context without links and watches; realms are looked up in @config by
 * number. Ports and keys are not yet held. -EINVAL: damaged, of another
 * version; -ENOENT: a realm is not configured any more; -ENOMEM.
 */
int iq_record_read(struct iq_context **context, struct config *config,
		   const void *record, size_t size);

/* The association and what is armed on ROOT. */
struct iq_state {
	__u32 next_transaction;	/* none below was used */
	__u32 last_context, last_termination;
	__u8 version;		/* H.248 version agreed, 0: not registered */
	char mgc[56];		/* as h248_address_format(); "": none */
	struct iq_root_events root;
	bool out_of_service;	/* ROOT */
};

int iq_state_write(const struct iq_state *state, void *record, size_t size);
int iq_state_read(struct iq_state *state, const void *record, size_t size);

#endif /* SRTPGATE_IQ_RECORD_H */
