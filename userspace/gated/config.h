/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file of srtpgated, srtpgated.conf(5): libconfig syntax,
 * every option in one typed table with its range and default.
 */
#ifndef SRTPGATE_CONFIG_H
#define SRTPGATE_CONFIG_H

#include "gated/fault.h"
#include "gated/realm.h"

#define CONFIG_FILE "/etc/srtpgate/srtpgated.conf"

enum {
	CONFIG_REALMS = 64,
	CONFIG_TEXT = 108,	/* with the final NUL; fits a socket's path */
};

struct config {
	char user[CONFIG_TEXT];
	char group[CONFIG_TEXT];
	char control[CONFIG_TEXT];
	char pin[CONFIG_TEXT];
	char mode[CONFIG_TEXT];		/* auto, native or generic */
	char metrics[CONFIG_TEXT];	/* "address:port", "": off */
	long streams;
	long rekey_grace;		/* s */
	int realm_count;
	struct realm realm[CONFIG_REALMS];
};

/* Reads and checks @path. Negative errno with @fault. */
int config_load(struct config *config, const char *path, struct fault *fault);

struct realm *config_realm(struct config *config, const char *name);
struct realm *config_realm_number(struct config *config, __u16 number);

#endif /* SRTPGATE_CONFIG_H */
