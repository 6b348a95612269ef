/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A TRANSFER_INIT that came to us (TS 33.328 B.2.2, steps 1 to 8): judged
 * before anybody is asked, then opened with its ticket's keys. The time in
 * it, replays and which flags the use needs are the caller's.
 */
#ifndef SRTPGATE_UE_RECEIVE_H
#define SRTPGATE_UE_RECEIVE_H

#include "ue/ue.h"

/*
 * Is it from whom we accept, from @from if that is not empty, for us, and its
 * ticket of a kind and a server that we take? Nothing in it is authentic
 * yet. Identities that it leaves out are filled in. Negative errno with
 * @fault.
 */
int receive_judge(const struct ue *ue, struct mikey_transfer *transfer,
		  struct sg_slice from, struct fault *fault);

/*
 * Takes the ticket's keys from the store, where it is reusable and wants an
 * answer, or from our KMS; verifies @transfer; keeps a reusable ticket. @own
 * has the initiator's keys, if it brought some. The caller wipes both.
 */
int receive_open(struct ue *ue, const struct mikey_transfer *transfer,
		 struct ticket *ticket, struct mikey_keys *own,
		 struct fault *fault);

#endif /* SRTPGATE_UE_RECEIVE_H */
