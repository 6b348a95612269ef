/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the configured controllers an address or an mId means. Nobody else
 * is ever talked to.
 */
#ifndef SRTPGATE_IQ_CONTROLLERS_H
#define SRTPGATE_IQ_CONTROLLERS_H

#include "gated/config.h"
#include "lib/h248.h"

/* The one at @address, else (@any_port) one on that host; -ENOENT. */
int iq_controllers_find(const struct config_iq *iq,
			const struct h248_address *address, bool any_port);

/* The one that an MgcIdToTry means; -ENOENT. */
int iq_controllers_find_mid(const struct config_iq *iq,
			    const struct h248_mid *mid);

/*
 * The address that is @mid, over the controllers' transport. -EINVAL: it is
 * none, and names are not looked up.
 */
int iq_controllers_address(const struct config_iq *iq,
			   struct h248_address *address,
			   const struct h248_mid *mid);

#endif /* SRTPGATE_IQ_CONTROLLERS_H */
