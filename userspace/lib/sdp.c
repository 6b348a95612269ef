// SPDX-License-Identifier: GPL-2.0-only
#include "lib/sdp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include "lib/cursor.h"

static int fail(struct sdp_fault *fault, int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	return err;
}

/* "49170", "49170/2", "$", "-". */
static bool read_port(struct sdp_media *media, struct sg_slice word)
{
	struct sg_cursor in = sg_cursor_of_slice(word);
	struct sg_slice port;
	bool counted = sg_cursor_field(&in, '/', &port);
	__u64 number = 0, count = 1;

	media->choose_port = sg_slice_is(port, "$");
	if (!media->choose_port && !sg_slice_is(port, "-") &&
	    !sg_slice_number(port, 65535, &number))
		return false;
	if (counted &&
	    (!sg_slice_number(sg_cursor_rest(&in), 65535, &count) || !count))
		return false;
	media->port = number;
	media->ports = count;
	return true;
}

static int read_media(struct sdp *sdp, struct sg_slice value,
		      struct sdp_fault *fault)
{
	struct sg_cursor in = sg_cursor_of_slice(value);
	char shown[SG_SHOWN_TEXT];
	struct sdp_media *media;
	struct sg_slice port;

	if (sdp->medias == SDP_MEDIA_MAX)
		return fail(fault, -E2BIG, "more than %d media sections",
			    SDP_MEDIA_MAX);
	media = &sdp->media[sdp->medias++];
	*media = (struct sdp_media){ .first = sdp->lines };
	media->type = sg_cursor_word(&in);
	port = sg_cursor_word(&in);
	media->protocol = sg_cursor_word(&in);
	media->formats = sg_slice_trim(sg_cursor_rest(&in));
	if (!media->formats.size)
		return fail(fault, -EINVAL,
			    "m= has no media, port, protocol and format");
	if (!read_port(media, port))
		return fail(fault, -EINVAL, "m= has the port %s",
			    sg_slice_show(shown, port));
	return 0;
}

static int read_line(struct sdp *sdp, struct sg_slice line,
		     struct sdp_fault *fault)
{
	int err;

	if (line.size < 2 || line.at[1] != '=' || line.at[0] < 'a' ||
	    line.at[0] > 'z')
		return fail(fault, -EINVAL,
			    "a line does not begin with a letter and \"=\"");
	if (memchr(line.at, 0, line.size))
		return fail(fault, -EINVAL, "%c= holds an octet of value zero",
			    line.at[0]);
	if (sdp->lines == SDP_LINES_MAX)
		return fail(fault, -E2BIG, "more than %d lines", SDP_LINES_MAX);
	if (line.at[0] == 'm') {
		err = read_media(sdp, (struct sg_slice){ line.at + 2,
							 line.size - 2 },
				 fault);
		if (err)
			return err;
	}
	sdp->line[sdp->lines++] = (struct sdp_line){
		line.at[0], { line.at + 2, line.size - 2 },
	};
	if (sdp->medias)
		sdp->media[sdp->medias - 1].lines++;
	else
		sdp->session_lines++;
	return 0;
}

int sdp_parse(struct sdp *sdp, struct sg_slice *text, struct sdp_fault *fault)
{
	struct sg_cursor in = sg_cursor_of_slice(*text);
	int err = 0;

	sdp->lines = sdp->session_lines = sdp->medias = 0;
	fault->line = 0;
	while (!err && sg_cursor_left(&in)) {
		const char *from = in.at;
		struct sg_slice line = sg_cursor_line(&in);

		fault->line++;
		if (!sg_slice_trim(line).size)
			continue;
		if (sdp->lines && line.size > 1 && line.at[0] == 'v' &&
		    line.at[1] == '=') {
			in.at = from;
			break;
		}
		err = read_line(sdp, line, fault);
	}
	*text = sg_cursor_rest(&in);
	if (!err && !sdp->lines)
		return -ENODATA;
	return err;
}

/* The lines of a section, *@first to before *@end. */
static void section(const struct sdp *sdp, int media, int *first, int *end)
{
	*first = media == SDP_SESSION ? 0 : sdp->media[media].first;
	*end = media == SDP_SESSION ? sdp->session_lines :
				      *first + sdp->media[media].lines;
}

static const struct sdp_line *line_of(const struct sdp *sdp, int media,
				      char type)
{
	int i, end;

	for (section(sdp, media, &i, &end); i < end; i++)
		if (sdp->line[i].type == type)
			return &sdp->line[i];
	return NULL;
}

int sdp_connection(const struct sdp *sdp, int media,
		   struct sdp_connection *connection)
{
	const struct sdp_line *line = line_of(sdp, media, 'c');
	struct sg_slice network, type, address;
	struct sg_cursor in;

	if (!line)
		line = line_of(sdp, SDP_SESSION, 'c');
	if (!line || sg_slice_is(sg_slice_trim(line->value), "-"))
		return -ENOENT;
	in = sg_cursor_of_slice(line->value);
	network = sg_cursor_word(&in);
	type = sg_cursor_word(&in);
	address = sg_cursor_word(&in);
	connection->family = sg_slice_is_nocase(type, "IP6") ? AF_INET6 :
							       AF_INET;
	connection->choose = sg_slice_is(address, "$");
	connection->address = address;
	if (!address.size || !sg_slice_is_nocase(network, "IN") ||
	    (connection->family == AF_INET && !sg_slice_is_nocase(type, "IP4")))
		return -EINVAL;
	return 0;
}

bool sdp_bandwidth(const struct sdp *sdp, int media, const char *modifier,
		   __u32 *value)
{
	int i, end;

	for (section(sdp, media, &i, &end); i < end; i++) {
		struct sg_cursor in = sg_cursor_of_slice(sdp->line[i].value);
		struct sg_slice name = sg_cursor_until(&in, ':');
		__u64 number;

		if (sdp->line[i].type != 'b' ||
		    !sg_slice_is_nocase(name, modifier) ||
		    !sg_slice_number(sg_slice_trim(sg_cursor_rest(&in)), ~0u,
				     &number))
			continue;
		*value = number;
		return true;
	}
	return false;
}

bool sdp_attribute(const struct sdp *sdp, int media, const char *name, int *at,
		   struct sg_slice *value)
{
	int i, end;

	section(sdp, media, &i, &end);
	if (*at > i)
		i = *at;
	for (; i < end; i++) {
		struct sg_cursor in = sg_cursor_of_slice(sdp->line[i].value);

		if (sdp->line[i].type != 'a' ||
		    !sg_slice_is_nocase(
			    sg_slice_trim(sg_cursor_until(&in, ':')), name))
			continue;
		*value = sg_slice_trim(sg_cursor_rest(&in));
		*at = i + 1;
		return true;
	}
	return false;
}
