// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes to the key management server over HTTP: a body in base64, or
 * the message in it. The first octet says who sends it and as what; from
 * some the message gets a time of today and a MAC that is right, so that what
 * is behind those is reached.
 */
#include "../lib/kms_rig.h"
#include "../lib/mikey_pki.h"
#include "fuzz.h"
#include "lib/mikey_text.h"

static struct kms_rig rig;
static struct kms_client alice, signer;

static const char policy[] =
	"rules = ( { from = [ \"*@a.example\" ]; groups = true; keys = 14;"
	"  own_tickets = true; unforked = true; deferred = true; } );"
	"authorities = ( { file = \"" MIKEY_PKI "ca.pem\";"
	"  identities = [ \"*@a.example\" ]; } );";

/* There is no other server. */
struct zk_peer *zk_find(struct zk *zk, struct sg_slice name)
{
	(void)zk;
	(void)name;
	return NULL;
}

struct zk_call *zk_ask(struct zk_peer *peer, struct sg_slice octets,
		       zk_answered *done, void *arg)
{
	(void)peer;
	(void)octets;
	(void)done;
	(void)arg;
	return NULL;
}

void zk_cancel(struct zk_call *call)
{
	(void)call;
}

static void close_rig(void)
{
	kms_rig_close(&rig);
}

static void open_rig(void)
{
	kms_rig_open(&rig, "kms.a.example", policy);
	alice = kms_rig_user(&rig, "alice@bsf",
			     "alice@a.example bob@b.example");
	kms_rig_certify(&rig, "kms", "oaep");
	signer = alice;
	signer.certificate = signer.key = "alice";
	signer.psk.size = 16;
	atexit(close_rig);
	/* It would only grow. */
	audit_close(rig.kms.audit);
	rig.kms.audit = NULL;
}

static int sign(__u8 *octets, size_t size, const struct mikey_query *query)
{
	static struct kms_query sent;

	sent.said = *query;
	if (kms_client_print(&sent, &signer))
		return -1;
	if (sent.said.octets.size > size)
		return -1;
	memcpy(octets, sent.said.octets.at, sent.said.octets.size);
	return sent.said.octets.size;
}

/* Its T and V, or SIGN, as if it were sent now, by alice. */
static int authenticate(__u8 *octets, size_t size, struct sg_slice message)
{
	struct mikey_fault fault;
	struct mikey_query query;

	if (mikey_query_parse(&query, message, &fault) ||
	    query.rand.size < 32)
		return -1;
	query.t = kms_client_time();
	query.requester = alice.identity;
	query.kms = SG_SLICE("kms.a.example");
	query.psk_id = alice.psk_id;
	if (mikey_query_is_public(&query))
		return sign(octets, size, &query);
	return mikey_query_print(octets, size, &query, &alice.psk);
}

static void ask(enum mikey_data_type type, struct sg_slice message)
{
	struct sg_slice answer;
	struct mikey_trouble trouble;
	struct mikey_fault fault;
	struct mikey_message read;

	kms_rig_ask(&rig, type, message, NULL);
	require(rig.status == 200 || rig.status == 400);
	answer = kms_rig_answer(&rig);
	require((rig.status == 200) == !!answer.size);
	if (!answer.size)
		return;
	require(!mikey_parse(&read, answer, &fault));
	if (read.data_type == MIKEY_ERROR)
		require(!mikey_trouble_parse(&trouble, answer, &fault));
	else
		require(read.data_type == MIKEY_REQUEST_RESP ||
			read.data_type == MIKEY_RESOLVE_RESP);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static __u8 octets[MIKEY_MESSAGE_MAX], sent[MIKEY_MESSAGE_MAX];
	struct sg_slice message = { (const char *)octets, 0 };
	enum mikey_data_type type;
	int length;

	if (!rig.users)
		open_rig();
	if (!size || size > 8192)
		return 0;
	type = *data & 1 ? MIKEY_RESOLVE_INIT_PSK : MIKEY_REQUEST_INIT_PSK;
	message.size = size - 1;
	memcpy(octets, data + 1, size - 1);
	if (*data & 2) {
		length = mikey_body_parse(octets, sizeof(octets),
					  (struct sg_slice){ (char *)data + 1,
							     size - 1 });
		message.size = length < 0 ? 0 : length;
	}
	ask(type, message);
	length = authenticate(sent, sizeof(sent), message);
	if (length > 0)
		ask(type, (struct sg_slice){ (char *)sent, length });
	return 0;
}
