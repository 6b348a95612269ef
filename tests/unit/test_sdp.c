// SPDX-License-Identifier: GPL-2.0-only
/* Session descriptions as Local and Remote carry them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../lib/ktap.h"
#include "lib/sdp.h"

static struct sdp sdp;
static struct sdp_fault fault;

static int parse(const char *text)
{
	struct sg_slice slice = sg_slice_of(text);

	return sdp_parse(&sdp, &slice, &fault);
}

static bool is(struct sg_slice slice, const char *text)
{
	return sg_slice_is(slice, text);
}

static void test_whole(void)
{
	struct sdp_connection connection;
	struct sg_slice value;
	__u32 bandwidth = 0;
	int at = 0;

	ktap(!parse("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
		    "c=IN IP4 192.0.2.1\r\nb=CT:1000\r\nt=0 0\r\na=recvonly\r\n"
		    "x=unknown\r\n"
		    "m=audio 49170/2 RTP/SAVP 97 98\r\nb=AS:49\r\nb=RS:0\r\n"
		    "a=crypto:1 X\r\na=crypto: 2 Y \r\na=rtcp-mux\r\n"
		    "m=video 0 RTP/AVPF 31\nc=IN IP6 2001:db8::1\n") &&
	     sdp.medias == 2 && sdp.session_lines == 8 && sdp.lines == 16,
	     "two media sections and the session's lines");
	ktap(sdp.line[7].type == 'x' && is(sdp.line[7].value, "unknown"),
	     "an unknown line is kept");
	ktap(is(sdp.media[0].type, "audio") && sdp.media[0].port == 49170 &&
	     sdp.media[0].ports == 2 && is(sdp.media[0].protocol, "RTP/SAVP") &&
	     is(sdp.media[0].formats, "97 98") && sdp.media[0].lines == 6 &&
	     sdp.media[1].ports == 1 && !sdp.media[1].port &&
	     !sdp.media[1].choose_port, "what m= says");
	ktap(!sdp_connection(&sdp, 0, &connection) &&
	     connection.family == AF_INET && !connection.choose &&
	     is(connection.address, "192.0.2.1") &&
	     !sdp_connection(&sdp, 1, &connection) &&
	     connection.family == AF_INET6 &&
	     is(connection.address, "2001:db8::1"),
	     "c= of the section, else of the session");
	ktap(sdp_attribute(&sdp, 0, "crypto", &at, &value) && is(value, "1 X") &&
	     sdp_attribute(&sdp, 0, "crypto", &at, &value) && is(value, "2 Y") &&
	     !sdp_attribute(&sdp, 0, "crypto", &at, &value),
	     "both attributes of one name, trimmed, then no more");
	at = 0;
	ktap(sdp_attribute(&sdp, 0, "rtcp-mux", &at, &value) && !value.size,
	     "an attribute without a value");
	at = 0;
	ktap(!sdp_attribute(&sdp, 1, "crypto", &at, &value) &&
	     !sdp_attribute(&sdp, 0, "recvonly", &at, &value) &&
	     sdp_attribute(&sdp, SDP_SESSION, "recvonly", &at, &value),
	     "each section has its own attributes");
	ktap(sdp_bandwidth(&sdp, 0, "as", &bandwidth) && bandwidth == 49 &&
	     sdp_bandwidth(&sdp, 0, "RS", &bandwidth) && !bandwidth &&
	     !sdp_bandwidth(&sdp, 0, "RR", &bandwidth) &&
	     !sdp_bandwidth(&sdp, 1, "AS", &bandwidth), "b= by its modifier");
}

static void test_h248(void)
{
	struct sdp_connection connection;
	struct sg_slice text = SG_SLICE("\n\nv=0\nc=IN IP4 $\n"
					"m=audio $ RTP/SAVP -\n\n"
					"v=0\nc=IN IP4 $\nm=- - - -\n");

	ktap(!sdp_parse(&sdp, &text, &fault) && sdp.media[0].choose_port &&
	     !sdp.media[0].port && is(sdp.media[0].formats, "-") &&
	     !sdp_connection(&sdp, 0, &connection) && connection.choose,
	     "$ for the address and the port, no o=, s=, t=");
	ktap(!sdp_parse(&sdp, &text, &fault) && sdp.medias == 1 &&
	     !sdp.media[0].choose_port && is(sdp.media[0].type, "-"),
	     "a second v=0 is an alternative");
	ktap(sdp_parse(&sdp, &text, &fault) == -ENODATA && !text.size,
	     "and there are two");
	ktap(!parse("v=0\nc=-\nm=audio 1 RTP/AVP 0") &&
	     sdp_connection(&sdp, 0, &connection) == -ENOENT &&
	     !parse("m=audio 1 RTP/AVP 0") &&
	     sdp_connection(&sdp, 0, &connection) == -ENOENT,
	     "no c= is no connection");
	ktap(!parse("c=IN IP5 x\nm=audio 1 RTP/AVP 0\nc=IN IP4") &&
	     sdp_connection(&sdp, SDP_SESSION, &connection) == -EINVAL &&
	     sdp_connection(&sdp, 0, &connection) == -EINVAL,
	     "c= of another network, or without an address");
}

static void refused(const char *text, int err, unsigned line, const char *name)
{
	int got = parse(text);

	if (!ktap(got == err && fault.line == line && fault.text[0],
		  "refused: %s", name))
		ktap_note("%d, line %u: %s", got, fault.line, fault.text);
}

static void test_wrong(void)
{
	char text[SDP_LINES_MAX * 4 + 64] = "";

	refused("v=0\nnonsense", -EINVAL, 2, "a line without =");
	refused("v", -EINVAL, 1, "a line of one letter");
	refused("V=0", -EINVAL, 1, "a capital type");
	refused("v=0\nm=audio 1 RTP/AVP", -EINVAL, 2, "m= without a format");
	refused("m=audio x RTP/AVP 0", -EINVAL, 1, "m= with port x");
	refused("m=audio 65536 RTP/AVP 0", -EINVAL, 1, "m= with port 65536");
	refused("m=audio 1/0 RTP/AVP 0", -EINVAL, 1, "m= with no port of one");
	refused("m=audio 1/ RTP/AVP 0", -EINVAL, 1, "m= with an empty count");
	for (int i = 0; i < SDP_LINES_MAX; i++)
		strcat(text, "a=b\n");
	ktap(!parse(text) && sdp.lines == SDP_LINES_MAX, "as many lines as fit");
	strcat(text, "a=b\n");
	refused(text, -E2BIG, SDP_LINES_MAX + 1, "one line more");
	text[0] = '\0';
	for (int i = 0; i < SDP_MEDIA_MAX; i++)
		strcat(text, "m=a 1 b 0\n");
	ktap(!parse(text) && sdp.medias == SDP_MEDIA_MAX,
	     "as many sections as fit");
	strcat(text, "m=a 1 b 0\n");
	refused(text, -E2BIG, SDP_MEDIA_MAX + 1, "one section more");
}

static void test_zero(void)
{
	static const char octets[] = "v=0\na=x\0y\n";
	struct sg_slice text = { octets, sizeof(octets) - 1 };

	ktap(sdp_parse(&sdp, &text, &fault) == -EINVAL && fault.line == 2,
	     "refused: an octet of value zero");
}

int main(void)
{
	test_whole();
	test_h248();
	test_wrong();
	test_zero();
	return ktap_finish();
}
