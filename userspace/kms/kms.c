// SPDX-License-Identifier: GPL-2.0-only
#include "kms/kms.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

int setup_load(struct setup **out, const struct config *config,
	       struct fault *fault)
{
	struct setup *setup = calloc(1, sizeof(*setup));
	int err;

	if (!setup)
		return fault_set(fault, ENOMEM, "out of memory");
	setup->holders = 1;
	err = policy_load(&setup->policy, config->policy, fault);
	if (err)
		goto err_setup;
	err = accounts_load(&setup->accounts, &setup->policy, fault);
	if (err)
		goto err_policy;
	err = certificates_load(&setup->certificates, &config->mikey,
				&setup->policy, fault);
	if (err)
		goto err_accounts;
	err = ticket_keys_load(&setup->keys, config->ticket_keys, fault);
	if (err)
		goto err_certificates;
	if (!ticket_keys_current(&setup->keys, time(NULL))) {
		err = fault_set(fault, ENOKEY,
				"%s has no key that seals by now; make one "
				"with srtpgate-kms key add",
				config->ticket_keys);
		goto err_keys;
	}
	*out = setup;
	return 0;
err_keys:
	ticket_keys_wipe(&setup->keys);
err_certificates:
	certificates_free(&setup->certificates);
err_accounts:
	accounts_free(&setup->accounts);
err_policy:
	policy_free(&setup->policy);
err_setup:
	free(setup);
	return err;
}

struct setup *setup_hold(struct setup *setup)
{
	setup->holders++;
	return setup;
}

void setup_release(struct setup *setup)
{
	if (!setup || --setup->holders)
		return;
	ticket_keys_wipe(&setup->keys);
	certificates_free(&setup->certificates);
	accounts_free(&setup->accounts);
	policy_free(&setup->policy);
	free(setup);
}

/* -- replays --------------------------------------------------------------- */

/* Half of the rows stay free, so that one is found in a few steps. */
static __u32 rows(const struct config *config)
{
	__u32 rows = 1024;

	while (rows < 2 * config->remember)
		rows *= 2;
	return rows;
}

int kms_open_replay(struct kms *kms)
{
	__u32 count = rows(&kms->config);
	void *row = mmap(NULL, count * sizeof(struct mikey_seen),
			 PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	if (row == MAP_FAILED)
		return -ENOMEM;
	mikey_replay_init(&kms->replay, row, count, kms->config.skew,
			  time(NULL) + MIKEY_UNIX_EPOCH);
	return 0;
}

void kms_close_replay(struct kms *kms)
{
	if (kms->replay.row)
		munmap(kms->replay.row,
		       kms->replay.rows * sizeof(struct mikey_seen));
}

/* -- counters -------------------------------------------------------------- */

const char *kms_count_name(enum kms_count count)
{
	static const char *const names[COUNTS] = {
		[COUNT_ISSUED] = "issued",
		[COUNT_RESOLVED] = "resolved",
		[COUNT_RESOLVED_ZK] = "resolved-zk",
		[COUNT_FORWARDED] = "forwarded",
		[COUNT_REFORKED] = "reforked",
		[COUNT_BAD] = "bad",
		[COUNT_FORBIDDEN] = "forbidden",
		[COUNT_UNAVAILABLE] = "unavailable",
		[COUNT_BROKEN] = "broken",
	};

	return names[count];
}
