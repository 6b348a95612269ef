/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file of srtpgated, srtpgated.conf(5): libconfig syntax,
 * every option in one typed table with its range and default.
 */
#ifndef SRTPGATE_CONFIG_H
#define SRTPGATE_CONFIG_H

#include <stdbool.h>

#include "gated/realm.h"
#include "lib/fault.h"
#include "lib/h248.h"
#include "lib/h248_transport.h"
#include "lib/identity_list.h"

#define CONFIG_FILE "/etc/srtpgate/srtpgated.conf"

enum {
	CONFIG_REALMS = 64,
	CONFIG_TEXT = 108,	/* with the final NUL; fits a socket's path */
	CONFIG_CONTROLLERS = 8,
	CONFIG_USERS_TEXT = 8192, /* octets of identities */
};

/* The group "iq": TS 29.334. */
struct config_iq {
	bool present;
	char transport[8];	/* udp, sctp or tcp */
	char form[8];		/* short or long */
	char journal[CONFIG_TEXT]; /* "": none */
	char profile[CONFIG_TEXT]; /* "threegiq/1" */
	char mid_text[CONFIG_TEXT];
	struct h248_mid mid;	/* .name is in mid_text */
	struct h248_address local;
	int controller_count;
	struct h248_address controller[CONFIG_CONTROLLERS];
	long version;		/* the highest that is offered */
	long repeat, repeat_most, pending; /* ms */
	long give_up, long_timer; /* s */
	long register_again, register_again_most; /* s */
	long heartbeat;		/* s */
	char key_warning[4];	/* yes or no: g/cause before a key ends */
};

/*
 * The group "kms": the gateway as an authorised receiver of keys,
 * docs/authorised-receiver.md.
 */
struct config_kms {
	bool present;
	char name[CONFIG_TEXT];	/* IDRkms, and in its certificate */
	char address[CONFIG_TEXT];
	char authority[CONFIG_TEXT]; /* PEM: TLS; "": HTTP */
	char certificate[CONFIG_TEXT]; /* PEM, ours; "": none */
	char key[CONFIG_TEXT];
	char identity[CONFIG_TEXT]; /* what we resolve as */
	char account[CONFIG_TEXT]; /* IDRpsk */
	char key_file[CONFIG_TEXT];
	struct identity_list users; /* of calls that may be opened */
	char user_text[CONFIG_USERS_TEXT]; /* they lie in it */
	bool refork;		/* also with keys as the responder has them */
	long timeout;		/* s, for an answer */
	long pending;		/* requests that wait at once */
	long skew;		/* s that the server's clock may be off */
};

struct config {
	char user[CONFIG_TEXT];
	char group[CONFIG_TEXT];
	char control[CONFIG_TEXT];
	char pin[CONFIG_TEXT];
	char mode[CONFIG_TEXT];		/* of realms that do not say .xdp */
	bool slow_path;
	char engine[CONFIG_TEXT];	/* auto or bpf */
	char keystream[CONFIG_TEXT];	/* ahead or none */
	long keystream_memory;		/* MiB */
	char metrics[CONFIG_TEXT];	/* "address:port", "": off */
	long streams;
	long rekey_grace;		/* s */
	long lifetime_warning;		/* percent of a key's lifetime */
	long silence;			/* s, 0: not watched for */
	int realm_count;
	struct realm realm[CONFIG_REALMS];
	struct config_iq iq;
	struct config_kms kms;
};

/* Reads and checks @path. Negative errno with @fault. */
int config_load(struct config *config, const char *path, struct fault *fault);

struct realm *config_realm(struct config *config, const char *name);
struct realm *config_realm_number(struct config *config, __u16 number);

#endif /* SRTPGATE_CONFIG_H */
