// SPDX-License-Identifier: GPL-2.0-only
#include "ue/ue.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <time.h>

#include "lib/base64.h"
#include "lib/gba_key.h"
#include "lib/mikey_identity.h"
#include "lib/private_file.h"
#include "lib/secret.h"

int ue_store(struct ue *ue, struct fault *fault)
{
	if (ue->store)
		return 0;
	return store_open(&ue->store, &ue->config.store, ue->passphrase,
			  fault);
}

__u64 ue_now(void)
{
	return time(NULL) + MIKEY_UNIX_EPOCH;
}

struct mikey_time ue_time(struct ue *ue)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return mikey_time_next(&ue->last_t, now.tv_sec + MIKEY_UNIX_EPOCH,
			       ((__u64)now.tv_nsec << 32) / 1000000000, 0);
}

struct sg_slice ue_identity(const struct ue *ue)
{
	return ue->config.identities.pattern[0];
}

int ue_identity_of(struct sg_slice *identity, const char *word,
		   struct fault *fault)
{
	struct sg_slice text = sg_slice_of(word);
	const char *colon = strchr(word, ':'), *at = strchr(word, '@');

	*identity = text;
	if (colon && mikey_identity_of_uri(identity, text))
		return 0;
	if (!colon && at && at > word && at[1] && text.size <= MIKEY_ID_MAX)
		return 0;
	return fault_set(fault, EINVAL,
			 "\"%.80s\" is no SIP URI and no user@domain", word);
}

const char *ue_show(char text[UE_SHOWN], struct sg_slice identity)
{
	size_t size = 0;

	for (; size < identity.size && size < UE_SHOWN - 1; size++) {
		char one = identity.at[size];

		text[size] = one > ' ' && one <= '~' ? one : '?';
	}
	text[size] = '\0';
	return text;
}

int ue_random(void *out, size_t size, struct fault *fault)
{
	if (RAND_priv_bytes(out, size) == 1)
		return 0;
	return fault_set(fault, EIO, "OpenSSL has no random numbers");
}

/* As gba_key.h has it, or 32 octets in base64. */
static int read_psk(const struct config *config, __u8 *key,
		    struct sg_slice word, struct fault *fault)
{
	if (sg_base64_decode(key, GBA_NAF_KEY_SIZE, word) == GBA_NAF_KEY_SIZE)
		return 0;
	return gba_key_parse(key, word, sg_slice_of(config->credential.id),
			     config->kms.name, fault);
}

int ue_psk(const struct ue *ue, struct mikey_secret *psk, struct fault *fault)
{
	const char *path = ue->config.credential.key_file;
	int size, err;
	char *text;

	memset(psk, 0, sizeof(*psk));
	if (*ue->config.credential.certificate)
		return fault_set(fault, ENOKEY,
				 "own tickets take a key of bootstrapping, not "
				 "a certificate");
	size = private_file_read(&text, path, fault);
	if (size < 0)
		return size;
	err = read_psk(&ue->config, psk->octets,
		       sg_slice_trim((struct sg_slice){ text, size }), fault);
	private_file_free(text, size);
	psk->size = err ? 0 : GBA_NAF_KEY_SIZE;
	return err;
}

int ue_refuse(struct fault *fault, int err, const char *what,
	      const struct mikey_fault *why)
{
	return fault_set(fault, -err, "%s: %s", what,
			 why->text ? why->text : "it cannot be made");
}

int ue_print_json(json_t *value, struct fault *fault)
{
	int err = value ? json_dumpf(value, stdout, JSON_COMPACT) : -1;

	json_decref(value);
	putchar('\n');
	if (err || fflush(stdout))
		return fault_set(fault, EIO, "cannot write the output");
	return 0;
}
