/* SPDX-License-Identifier: GPL-2.0-only */
/* The group "iq" of the configuration. */
#ifndef SRTPGATE_CONFIG_IQ_H
#define SRTPGATE_CONFIG_IQ_H

#include <libconfig.h>

#include "gated/config.h"

/*
 * Reads @group (NULL: the gateway has no Iq) into @iq, which is not copied
 * afterwards: it points into itself. -EINVAL with @fault.
 */
int config_iq_read(struct config_iq *iq, config_setting_t *group,
		   struct fault *fault);

#endif /* SRTPGATE_CONFIG_IQ_H */
