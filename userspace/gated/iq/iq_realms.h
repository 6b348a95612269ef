/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which realms can be reached: those whose interface is up. What changes is
 * told to the controller that asked (iq_event_realm()).
 */
#ifndef SRTPGATE_IQ_REALMS_H
#define SRTPGATE_IQ_REALMS_H

#include "gated/iq/iq.h"

/* Watches links by a socket of its own. Negative errno. */
int iq_realms_open(struct iq *iq);
void iq_realms_close(struct iq *iq);

/* Until the kernel has said otherwise, a realm is available. */
bool iq_realm_is_available(const struct iq *iq, const struct realm *realm);

#endif /* SRTPGATE_IQ_REALMS_H */
