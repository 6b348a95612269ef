// SPDX-License-Identifier: GPL-2.0-only
#include "kms_terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/base64.h"
#include "lib/cursor.h"
#include "lib/mikey_text.h"
#include "lib/secret.h"

static int read_key(struct mikey_secret *key, struct sg_slice path)
{
	char name[256], text[64] = "";
	FILE *file;

	snprintf(name, sizeof(name), "%.*s", (int)path.size, path.at);
	file = fopen(name, "r");
	if (!file)
		return -EINVAL;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	key->size = 32;
	return sg_base64_decode(key->octets, 32,
				sg_slice_trim(sg_slice_of(text))) == 32 ?
		       0 : -EINVAL;
}

/* Names stay until the end of the program. */
static int read_proof(struct kms_client *client, struct sg_slice id,
		      struct sg_slice key)
{
	struct sg_cursor c = sg_cursor_of_slice(key);

	client->psk_id = id;
	if (!sg_slice_is(sg_cursor_until(&c, ':'), "key"))
		return read_key(&client->psk, key);
	key = sg_cursor_rest(&c);
	client->certificate = strndup(id.at, id.size);
	client->key = strndup(key.at, key.size);
	kms_client_random(client->psk.octets);
	client->psk.size = 32;
	return 0;
}

int kms_terminal_read(struct kms_terminal *terminal, const char *text)
{
	struct sg_cursor c = sg_cursor_of_slice(sg_slice_of(text));
	struct sg_slice id;
	int err;

	*terminal = (struct kms_terminal){ 0 };
	terminal->client.identity = sg_cursor_until(&c, ',');
	id = sg_cursor_until(&c, ',');
	err = read_proof(&terminal->client, id, sg_cursor_until(&c, ','));
	terminal->kms = sg_cursor_rest(&c);
	return terminal->kms.size ? err : -EINVAL;
}

int kms_terminal_print(char *out, size_t size, const char *type,
		       struct sg_slice message)
{
	char body[8192];
	int length = mikey_body_print(body, sizeof(body), message);
	int written;

	if (length < 0)
		return length;
	written = snprintf(out, size,
			   "POST /keymanagement?requesttype=%s HTTP/1.1\r\n"
			   "Host: kms.a.example:8080\r\n"
			   "Content-Type: application/mikey\r\n"
			   "Content-Length: %d\r\n\r\n%.*s",
			   type, length, length, body);
	return (size_t)written < size ? written : -ENOSPC;
}

const char *kms_terminal_body(const char *answer)
{
	const char *end = strstr(answer, "\r\n\r\n");
	const char *length = strcasestr(answer, "content-length:");

	if (!end || !length || strlen(end + 4) < (size_t)atoi(length + 15))
		return NULL;
	return end + 4;
}

int kms_terminal_check(const struct kms_client *to, struct kms_ticket *ticket,
		       const struct kms_query *query, struct sg_slice answer,
		       struct mikey_reply *reply, struct mikey_fault *fault)
{
	int err = mikey_reply_parse(reply, &query->said, answer,
				    &to->psk, fault);

	if (!err)
		err = mikey_derive_forks(&ticket->keys, 1,
					 mikey_suite_of(ticket->policy.prf),
					 &reply->modifier);
	if (!err && !sg_secret_equal(&ticket->keys, &reply->keys,
				     sizeof(reply->keys)))
		err = mikey_fail(fault, -EBADMSG, MIKEY_UNSPECIFIED,
				 "the keys differ");
	return err;
}

bool kms_terminal_has(const struct kms_client *to,
		      const struct kms_ticket *ticket,
		      const struct kms_query *query, struct sg_slice answer,
		      const char *whom)
{
	struct kms_ticket forked = *ticket;
	struct mikey_fault fault;
	struct mikey_reply reply;
	bool has = !kms_terminal_check(to, &forked, query, answer, &reply,
				       &fault) &&
		   sg_slice_is(reply.modifier.id, whom);

	mikey_reply_wipe(&reply);
	return has;
}
