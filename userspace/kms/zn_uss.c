// SPDX-License-Identifier: GPL-2.0-only
#include "kms/zn_uss.h"

#include <errno.h>
#include <expat.h>

enum { URI_MAX = 512, DEPTH_MAX = 32 };

struct reading {
	XML_Parser parser;
	struct user *user;
	int depth;
	int uids;		/* the depth of the uids we are in, or 0 */
	int uid;		/* the same of uid */
	bool bad;
	char uri[URI_MAX];	/* the text of uid so far */
	size_t size;
};

static void stop(struct reading *reading)
{
	reading->bad = true;
	XML_StopParser(reading->parser, XML_FALSE);
}

/* Without the name space, which is in front of a blank. */
static bool is(const char *name, const char *wanted)
{
	const char *blank = strrchr(name, ' ');

	return !strcmp(blank ? blank + 1 : name, wanted);
}

static void element_begins(void *arg, const char *name, const char **attributes)
{
	struct reading *reading = arg;

	(void)attributes;
	if (++reading->depth > DEPTH_MAX ||
	    (reading->depth == 1 && !is(name, "ussList")))
		stop(reading);
	else if (is(name, "uids"))
		reading->uids = reading->depth;
	else if (is(name, "uid") && reading->uids == reading->depth - 1) {
		reading->uid = reading->depth;
		reading->size = 0;
	}
}

static void element_ends(void *arg, const char *name)
{
	struct reading *reading = arg;

	(void)name;
	if (reading->uid == reading->depth) {
		user_add_impu(reading->user,
			      sg_slice_trim((struct sg_slice){
				      reading->uri, reading->size }));
		reading->uid = 0;
	}
	if (reading->uids == reading->depth)
		reading->uids = 0;
	reading->depth--;
}

/* A text that is too long is no URI of anybody's. */
static void text_goes_on(void *arg, const char *text, int size)
{
	struct reading *reading = arg;

	if (!reading->uid)
		return;
	if ((size_t)size > URI_MAX - reading->size) {
		stop(reading);
		return;
	}
	memcpy(reading->uri + reading->size, text, size);
	reading->size += size;
}

static void doctype_begins(void *arg, const char *name, const char *system,
			   const char *public, int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	stop(arg);
}

int zn_uss_read(struct user *user, struct sg_slice xml)
{
	struct reading reading = { .user = user };
	enum XML_Status status;

	if (xml.size > ZN_USS_MAX)
		return -EPROTO;
	reading.parser = XML_ParserCreateNS(NULL, ' ');
	if (!reading.parser)
		return -ENOMEM;
	XML_SetUserData(reading.parser, &reading);
	XML_SetElementHandler(reading.parser, element_begins, element_ends);
	XML_SetCharacterDataHandler(reading.parser, text_goes_on);
	XML_SetStartDoctypeDeclHandler(reading.parser, doctype_begins);
	status = XML_Parse(reading.parser, xml.at, xml.size, XML_TRUE);
	XML_ParserFree(reading.parser);
	return status == XML_STATUS_OK && !reading.bad ? 0 : -EPROTO;
}
