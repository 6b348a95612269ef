// SPDX-License-Identifier: GPL-2.0-only
/*
 * What two terminals do with key management servers, over curl(1):
 *
 *	kms_call INITIATOR RESPONDER RECIPIENT
 *
 * A terminal is "IDENTITY,PSK-ID,KEY-FILE,KMS". $CURL_I and $CURL_R are the
 * commands, without "--data-binary @-" and requesttype=..., that reach their
 * servers. Prints "issued" and "resolved IDENTITY", or what went wrong:
 * "http STATUS", "error NUMBER", or "other: ..."; the exit status is 1 then.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/kms_terminal.h"
#include "lib/mikey_text.h"

struct terminal {
	struct kms_terminal is;
	const char *curl;
};

static void fail(const char *what, const char *text)
{
	printf("%s%s\n", what, text);
	exit(1);
}

static struct terminal read_terminal(const char *text, const char *curl)
{
	struct terminal terminal = { .curl = getenv(curl) };

	if (kms_terminal_read(&terminal.is, text))
		fail("other: no terminal with a key: ", text);
	if (!terminal.curl)
		fail("other: ", "usage: see the source");
	return terminal;
}

/* The body goes through a file: its end tells curl how long it is. */
static FILE *run_curl(const char *curl, const char *type, struct sg_slice sent)
{
	char text[16384], command[2048], name[] = "/tmp/kms_call-XXXXXX";
	int size = mikey_body_print(text, sizeof(text), sent);
	int fd = mkstemp(name);
	FILE *pipe;

	if (size < 0 || fd < 0 || write(fd, text, size) != size)
		fail("other: ", "no room for a body");
	snprintf(command, sizeof(command),
		 "exec %s -w '\\n%%{http_code}' --data-binary @%s "
		 "-H 'Content-Type: application/mikey' "
		 "\"${KMS_URL}requesttype=%s\"",
		 curl, name, type);
	pipe = popen(command, "r");
	if (!pipe)
		fail("other: ", "no curl");
	/* It opens the file at once, but not before it runs. */
	text[0] = fgetc(pipe);
	ungetc(text[0], pipe);
	unlink(name);
	close(fd);
	return pipe;
}

static struct sg_slice exchange(const struct terminal *terminal,
				const char *url, const char *type,
				struct sg_slice sent)
{
	static __u8 octets[16384];
	static char text[32768];
	char *status;
	FILE *pipe;
	int size;

	url = getenv(url) ?: "";
	snprintf(text, sizeof(text), "%s%c", url, strchr(url, '?') ? '&' : '?');
	setenv("KMS_URL", text, 1);
	pipe = run_curl(terminal->curl, type, sent);
	size = fread(text, 1, sizeof(text) - 1, pipe);
	pclose(pipe);
	text[size] = '\0';
	status = strrchr(text, '\n');
	if (!status || strcmp(status + 1, "200"))
		fail("http ", status ? status + 1 : "?");
	size = mikey_body_parse(octets, sizeof(octets),
				(struct sg_slice){ text, status - text });
	if (size < 0)
		fail("other: ", "the answer is not base64");
	return (struct sg_slice){ (char *)octets, size };
}

/* An Error message, said so; then it ends here. */
static void check(int err, struct sg_slice octets,
		  const struct mikey_fault *fault)
{
	struct mikey_trouble trouble;
	struct mikey_fault ignored;

	if (err == -EREMOTEIO &&
	    !mikey_trouble_parse(&trouble, octets, &ignored)) {
		printf("error %u\n", trouble.error[0]);
		exit(1);
	}
	if (err < 0)
		fail("other: ", fault->text ? fault->text : "?");
}

static void request(const struct terminal *from, struct kms_ticket *ticket,
		    const char *recipient)
{
	static struct kms_query query;
	struct mikey_policy wish = kms_client_wish(&from->is.client,
						   sg_slice_of(recipient));
	struct mikey_fault fault = { 0 };
	struct sg_slice octets;

	check(kms_client_request(&query, &from->is.client, from->is.kms, &wish),
	      (struct sg_slice){ 0 }, &fault);
	octets = exchange(from, "URL_I", "ticketrequest", query.said.octets);
	check(kms_client_take(ticket, &query, &from->is.client, octets, &fault),
	      octets, &fault);
	puts("issued");
}

/* Both must have the same keys, forked for who is in the answer. */
static void resolve(const struct terminal *to, struct kms_ticket *ticket,
		    const struct mikey_transfer *transfer)
{
	static struct kms_query query;
	static struct mikey_reply reply;
	struct mikey_fault fault = { 0 };
	struct sg_slice octets;

	check(kms_client_resolve(&query, &to->is.client, to->is.kms, transfer),
	      (struct sg_slice){ 0 }, &fault);
	octets = exchange(to, "URL_R", "ticketresolve", query.said.octets);
	check(kms_terminal_check(&to->is.client, ticket, &query, octets, &reply,
				 &fault), octets, &fault);
	printf("resolved %.*s\n", (int)reply.modifier.id.size,
	       reply.modifier.id.at);
}

int main(int argc, char **argv)
{
	static struct kms_octets octets;
	static struct mikey_transfer transfer;
	static struct kms_ticket ticket;
	struct terminal from, to;

	if (argc != 4)
		fail("other: ", "usage: see the source");
	from = read_terminal(argv[1], "CURL_I");
	to = read_terminal(argv[2], "CURL_R");
	request(&from, &ticket, argv[3]);
	if (kms_client_transfer(&transfer, &octets, &from.is.client, &ticket,
				to.is.client.identity))
		fail("other: ", "no TRANSFER_INIT");
	resolve(&to, &ticket, &transfer);
	return 0;
}
