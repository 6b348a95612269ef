/* SPDX-License-Identifier: GPL-2.0-only */
/* The group "kms" of the configuration file, srtpgated.conf(5). */
#ifndef SRTPGATE_CONFIG_KMS_H
#define SRTPGATE_CONFIG_KMS_H

#include <libconfig.h>

#include "gated/config.h"

/* Reads @group, which may be NULL: absent. Negative errno with @fault. */
int config_kms_read(struct config_kms *kms, config_setting_t *group,
		    struct fault *fault);

#endif /* SRTPGATE_CONFIG_KMS_H */
