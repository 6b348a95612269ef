// SPDX-License-Identifier: GPL-2.0-only
#include "kms_rig.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ktap.h"
#include "mikey_pki.h"
#include "lib/cursor.h"
#include "lib/private_file.h"

static struct fault fault;

static void need(int err, const char *what)
{
	if (err < 0)
		ktap_bail_out("%s: %s", what, fault.text);
}

/* -- users ----------------------------------------------------------------- */

struct user_query {
	struct kms_rig_user *user;
	user_found *done;
	void *arg;
};

static struct kms_rig_user *look_up(struct kms_rig *rig, struct sg_slice id)
{
	for (int i = 0; i < rig->users; i++)
		if (sg_slice_is(id, rig->user[i].psk_id))
			return &rig->user[i];
	return NULL;
}

static struct user_query *find(void *source, struct sg_slice id,
			       user_found *done, void *arg)
{
	struct kms_rig *rig = source;
	struct kms_rig_user *user = look_up(rig, id);

	rig->questions++;
	if (user && user->later) {
		rig->waiting = malloc(sizeof(*rig->waiting));
		*rig->waiting = (struct user_query){ user, done, arg };
		return rig->waiting;
	}
	if (!user)
		done(arg, -ENOENT, NULL);
	else
		done(arg, user->err, user->err ? NULL : &user->user);
	return NULL;
}

static void cancel(void *source, struct user_query *query)
{
	struct kms_rig *rig = source;

	rig->cancelled++;
	free(query);
	rig->waiting = NULL;
}

struct kms_client kms_rig_user(struct kms_rig *rig, const char *psk_id,
			       const char *identities)
{
	struct kms_rig_user *one = &rig->user[rig->users++];
	struct sg_cursor c = sg_cursor_of_slice(sg_slice_of(identities));
	struct user *user = &one->user;
	struct sg_slice word;

	*one = (struct kms_rig_user){ .psk_id = psk_id };
	kms_client_random(user->naf_key.octets);
	user->naf_key.size = NAF_KEY_SIZE;
	while ((word = sg_cursor_word(&c)).size)
		memcpy(user->identity[user->identities++], word.at, word.size);
	return (struct kms_client){ .identity = sg_slice_of(user->identity[0]),
				    .psk_id = sg_slice_of(psk_id),
				    .psk = user->naf_key };
}

/* -- files ----------------------------------------------------------------- */

const char *kms_rig_file(struct kms_rig *rig, const char *name,
			 const char *text)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", rig->folder, name);
	need(private_file_write(path, text, strlen(text), &fault), path);
	return path;
}

static void name_file(struct kms_rig *rig, char *path, const char *name)
{
	snprintf(path, CONFIG_TEXT, "%s/%s", rig->folder, name);
}

static void make_ticket_keys(struct kms_rig *rig)
{
	static struct ticket_keys keys;

	keys.keys = 0;
	need(ticket_keys_add(&keys, time(NULL) - 60, &fault), "ticket keys");
	need(ticket_keys_save(&keys, rig->kms.config.ticket_keys, &fault),
	     "ticket keys");
}

void kms_rig_reload(struct kms_rig *rig, const char *policy)
{
	struct setup *setup;

	if (policy)
		kms_rig_file(rig, "policy", policy);
	need(setup_load(&setup, &rig->kms.config, &fault), "setup");
	setup_release(rig->kms.setup);
	rig->kms.setup = setup;
}

void kms_rig_certify(struct kms_rig *rig, const char *name,
		     const char *envelope)
{
	struct config_mikey *mikey = &rig->kms.config.mikey;
	char text[8192] = "";
	FILE *key = fopen(MIKEY_PKI "kms.key", "r");

	if (!key || !fread(text, 1, sizeof(text) - 1, key))
		ktap_bail_out("kms.key cannot be read");
	fclose(key);
	strcpy(mikey->key, kms_rig_file(rig, "key", text));
	snprintf(mikey->certificate, CONFIG_TEXT, MIKEY_PKI "%s.pem", name);
	snprintf(mikey->envelope, sizeof(mikey->envelope), "%s", envelope);
	kms_rig_reload(rig, NULL);
}

void kms_rig_open(struct kms_rig *rig, const char *name, const char *policy)
{
	struct config *config = &rig->kms.config;

	memset(rig, 0, sizeof(*rig));
	strcpy(rig->folder, "/tmp/srtpgate-kms-XXXXXX");
	if (!mkdtemp(rig->folder))
		ktap_bail_out("no folder in /tmp");
	strcpy(config->name, name);
	config->skew = 30;
	config->remember = 1000;
	name_file(rig, config->policy, "policy");
	name_file(rig, config->ticket_keys, "ticket-keys");
	name_file(rig, config->audit, "audit");
	make_ticket_keys(rig);
	kms_rig_reload(rig, policy);
	need(audit_open(&rig->kms.audit, config->audit, &fault), "audit");
	need(kms_open_replay(&rig->kms), "memory");
	/* As if it had been up for long: RFC 3830 5.4. */
	rig->kms.replay.opened = 0;
	rig->source = (struct user_source){ "rig", find, cancel, rig };
	rig->kms.users = &rig->source;
}

void kms_rig_close(struct kms_rig *rig)
{
	static const char *const files[] = { "policy", "ticket-keys", "audit",
					     "key" };
	char path[CONFIG_TEXT];

	setup_release(rig->kms.setup);
	audit_close(rig->kms.audit);
	kms_close_replay(&rig->kms);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		name_file(rig, path, files[i]);
		unlink(path);
	}
	rmdir(rig->folder);
}

/* -- queries --------------------------------------------------------------- */

static void on_done(void *arg, enum exchange_status status,
		    struct sg_slice octets)
{
	struct kms_rig *rig = arg;

	if (rig->status)
		ktap_bail_out("a query was answered twice");
	if (octets.size > sizeof(rig->answer.octets))
		ktap_bail_out("an answer is too long");
	rig->status = status;
	memcpy(rig->answer.octets, octets.at, octets.size);
	rig->answer.size = octets.size;
}

int kms_rig_ask(struct kms_rig *rig, enum mikey_data_type type,
		struct sg_slice octets, const struct zk_peer *peer)
{
	const struct exchange_from from = { "192.0.2.1", peer };

	rig->status = 0;
	rig->answer.size = 0;
	rig->exchange = exchange_start(&rig->kms, type, octets, &from, on_done,
				       rig);
	return rig->status;
}

int kms_rig_find(struct kms_rig *rig)
{
	struct user_query *query = rig->waiting;
	struct kms_rig_user *user = query->user;

	rig->waiting = NULL;
	query->done(query->arg, user->err, user->err ? NULL : &user->user);
	free(query);
	return rig->status;
}

struct sg_slice kms_rig_answer(const struct kms_rig *rig)
{
	return (struct sg_slice){ (const char *)rig->answer.octets,
				  rig->answer.size };
}
