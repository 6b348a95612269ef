// SPDX-License-Identifier: GPL-2.0-only
#include "ue/message_mime.h"

#include <errno.h>
#include <stdlib.h>

#include "lib/base64.h"
#include "ue/mime.h"

enum { LINE_OCTETS = 57 };	/* 76 characters, RFC 2045 6.8 */

/* -- reading --------------------------------------------------------------- */

static int refuse(struct fault *fault, const char *text)
{
	return fault_set(fault, EINVAL, "%s", text);
}

static bool is_base64(struct sg_slice headers)
{
	struct sg_slice value;

	return mime_field(headers, "Content-Transfer-Encoding", &value) &&
	       mime_is(value, "base64");
}

static bool is_cms(struct sg_slice type)
{
	struct sg_slice kind;

	return (mime_is(type, "application/pkcs7-mime") ||
		mime_is(type, "application/x-pkcs7-mime")) &&
	       mime_parameter(type, "smime-type", &kind) &&
	       sg_slice_is_nocase(kind, "authEnveloped-data");
}

/* 0, or the number of times that something is there once more. */
static int take_part(struct message_parts *parts, struct sg_slice octets)
{
	struct mime_entity part;
	struct sg_slice type;
	int again = 0;

	if (!mime_split(&part, octets) ||
	    !mime_field(part.headers, "Content-Type", &type))
		return 0;
	if (mime_is(type, "application/mikey")) {
		again = parts->mikey.at != NULL;
		parts->mikey = part.body;
	} else if (is_cms(type)) {
		again = parts->cms.at != NULL;
		parts->cms = part.body;
		parts->base64 = is_base64(part.headers);
	}
	return again;
}

static int take_parts(struct message_parts *parts, struct sg_slice body,
		      struct sg_slice boundary, struct fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(body);
	struct sg_slice octets;
	int again = 0, count = 0;

	while (mime_next(&c, boundary, &octets)) {
		if (++count > MESSAGE_PARTS_MAX)
			return refuse(fault, "the message has too many parts");
		again += take_part(parts, octets);
	}
	if (!parts->mikey.at || !parts->cms.at)
		return refuse(fault,
			      "the message has no application/mikey or no "
			      "application/pkcs7-mime; "
			      "smime-type=authEnveloped-data: it is not "
			      "protected");
	if (again)
		return refuse(fault,
			      "the message has two of the parts that there "
			      "may be one of");
	return 0;
}

int message_parts_parse(struct message_parts *parts, struct sg_slice octets,
			struct fault *fault)
{
	struct mime_entity entity;
	struct sg_slice type, boundary;

	*parts = (struct message_parts){ 0 };
	if (!mime_split(&entity, octets) ||
	    !mime_field(entity.headers, "Content-Type", &type) ||
	    !mime_is(type, "multipart/mixed") ||
	    !mime_parameter(type, "boundary", &boundary) ||
	    boundary.size > MIME_BOUNDARY_MAX)
		return refuse(fault,
			      "the message does not begin with Content-Type: "
			      "multipart/mixed and a boundary");
	return take_parts(parts, entity.body, boundary, fault);
}

/* @text without blanks and line ends; it has room for all of it. */
static size_t strip(char *out, struct sg_slice text)
{
	size_t size = 0;

	for (size_t i = 0; i < text.size; i++)
		if (!memchr(" \t\r\n", text.at[i], 4))
			out[size++] = text.at[i];
	return size;
}

static int decode(struct message_octets *cms, struct sg_slice text)
{
	char *stripped = malloc(text.size + 1);
	int size = -ENOMEM;

	if (stripped)
		size = sg_base64_decode(
			(__u8 *)cms->at, cms->size,
			(struct sg_slice){ stripped, strip(stripped, text) });
	free(stripped);
	if (size < 0)
		return size;
	cms->size = size;
	return 0;
}

int message_parts_cms(struct message_octets *cms,
		      const struct message_parts *parts, struct fault *fault)
{
	struct sg_slice from = parts->cms;
	int err = 0;

	*cms = (struct message_octets){ 0 };
	if (from.size > 2 * MESSAGE_CMS_MAX)
		return fault_set(fault, E2BIG,
				 "the message has more than %d octets",
				 MESSAGE_MAX);
	*cms = (struct message_octets){ malloc(from.size + 1), from.size };
	if (!cms->at)
		return fault_set(fault, ENOMEM, "out of memory");
	if (parts->base64)
		err = decode(cms, from);
	else
		memcpy(cms->at, from.at, from.size);
	if (!err)
		return 0;
	message_octets_free(cms);
	return fault_set(fault, -err,
			 "the protected part is not in base64, as it says");
}

/* -- writing --------------------------------------------------------------- */

static void print_base64(FILE *out, struct sg_slice octets)
{
	char line[SG_BASE64_SIZE(LINE_OCTETS)];

	for (size_t i = 0; i < octets.size; i += LINE_OCTETS) {
		size_t size = octets.size - i;

		if (size > LINE_OCTETS)
			size = LINE_OCTETS;
		sg_base64_encode(line, (const __u8 *)octets.at + i, size);
		fprintf(out, "%.*s\r\n", (int)SG_BASE64_SIZE(size), line);
	}
}

void message_parts_print(FILE *out, struct sg_slice mikey, struct sg_slice cms,
			 struct sg_slice clear, const char *boundary)
{
	fprintf(out,
		"MIME-Version: 1.0\r\n"
		"Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n"
		"--%s\r\n"
		"Content-Type: application/mikey\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n",
		boundary, boundary);
	print_base64(out, mikey);
	fprintf(out,
		"--%s\r\n"
		"Content-Type: application/pkcs7-mime;\r\n"
		" smime-type=authEnveloped-data; name=smime.p7m\r\n"
		"Content-Transfer-Encoding: base64\r\n\r\n",
		boundary);
	print_base64(out, cms);
	if (clear.size) {
		fprintf(out, "--%s\r\n", boundary);
		fwrite(clear.at, 1, clear.size, out);
		fputs("\r\n", out);
	}
	fprintf(out, "--%s--\r\n", boundary);
}
