// SPDX-License-Identifier: GPL-2.0-only
/* Descriptions with MIKEY: what is refused, and what is written of the rest. */
#include <errno.h>
#include <stdio.h>

#include "../lib/ktap.h"
#include "ue/description.h"

#define HEAD "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n"
#define AUDIO "m=audio 5004 RTP/AVP 0 8\r\n"
#define MSRP "m=message 2855 TCP/TLS/MSRP *\r\n"
#define KEYS "a=key-mgmt:mikey AAAA\r\n"

static struct description description;
static struct fault fault;

static int read(const char *text)
{
	fault = (struct fault){ 0 };
	return description_read(&description, sg_slice_of(text), &fault);
}

static void test_refused(void)
{
	static const struct {
		const char *name, *text, *why;
	} cases[] = {
		{ "nothing", "", "is empty" },
		{ "no SDP", "hello", "line 1" },
		{ "no media", HEAD, "no m= line of RTP" },
		{ "media without a port", HEAD "m=audio 0 RTP/AVP 0\r\n",
		  "no m= line of RTP" },
		{ "media of something else", HEAD "m=image 5 udptl t38\r\n",
		  "no m= line of RTP" },
		{ "MSRP without TLS", HEAD "m=message 5 TCP/MSRP *\r\n",
		  "no m= line of RTP or TLS" },
		{ "TLS beside RTP", HEAD AUDIO MSRP, "a call of its own" },
		{ "TLS twice", HEAD MSRP MSRP, "a call of its own" },
		{ "two descriptions", HEAD AUDIO HEAD AUDIO, "second one" },
		{ "keys of SDES", HEAD AUDIO "a=crypto:1 x inline:y\r\n",
		  "a=crypto" },
		{ "the same for the session", HEAD "a=crypto:1 x\r\n" AUDIO,
		  "a=crypto" },
		{ "two of key management", HEAD KEYS KEYS AUDIO, "more than" },
		{ "one for the session, one for media", HEAD KEYS AUDIO KEYS,
		  "more than" },
		{ "one of several m= lines", HEAD AUDIO AUDIO KEYS,
		  "one of several" },
		{ "the same in other letters",
		  HEAD AUDIO AUDIO "a=Key-Mgmt:mikey AAAA\r\n",
		  "one of several" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ktap(read(cases[i].text) == -EINVAL &&
			     strstr(fault.text, cases[i].why),
		     "refused: %s", cases[i].name);
}

static bool writes(const char *text, const char *wanted)
{
	char out[2048];
	int size;

	if (read(text))
		return false;
	size = description_print(out, sizeof(out), &description,
				 SG_SLICE("mikey BBBB"));
	return size == (int)strlen(wanted) && !memcmp(out, wanted, size);
}

static void test_written(void)
{
	char small[64];

	ktap(writes(HEAD AUDIO "a=ptime:20\r\n",
		    HEAD "a=key-mgmt:mikey BBBB\r\n"
			 "m=audio 5004 RTP/SAVP 0 8\r\na=ptime:20\r\n"),
	     "key management is the session's, and RTP protected");
	ktap(writes(HEAD "m=audio 5004/2 rtp/avpf 0\r\n",
		    HEAD "a=key-mgmt:mikey BBBB\r\n"
			 "m=audio 5004/2 RTP/SAVPF 0\r\n"),
	     "with feedback and several ports, too");
	ktap(writes(HEAD "m=audio 5004 RTP/SAVP 0\r\n",
		    HEAD "a=key-mgmt:mikey BBBB\r\n"
			 "m=audio 5004 RTP/SAVP 0\r\n"),
	     "what is protected stays so");
	ktap(writes(HEAD AUDIO "m=image 5 udptl t38\r\n",
		    HEAD "a=key-mgmt:mikey BBBB\r\n"
			 "m=audio 5004 RTP/SAVP 0 8\r\n"
			 "m=image 5 udptl t38\r\n"),
	     "other media stays as it is");
	ktap(writes(HEAD AUDIO KEYS, HEAD "a=key-mgmt:mikey BBBB\r\n"
					  "m=audio 5004 RTP/SAVP 0 8\r\n"),
	     "there is one key management");
	ktap(writes(HEAD MSRP, HEAD "a=key-mgmt:mikey BBBB\r\n" MSRP) &&
		     description_tls(&description.sdp) ==
			     &description.sdp.media[0],
	     "TLS is protected as it is");
	ktap(writes(HEAD AUDIO "m=message 0 TCP/TLS/MSRP *\r\n",
		    HEAD "a=key-mgmt:mikey BBBB\r\n"
			 "m=audio 5004 RTP/SAVP 0 8\r\n"
			 "m=message 0 TCP/TLS/MSRP *\r\n") &&
		     !description_tls(&description.sdp),
	     "and one that is refused is none");
	ktap(description_print(small, sizeof(small), &description,
			       SG_SLICE("mikey BBBB")) == -ENOSPC,
	     "no room");
	ktap(!read(HEAD AUDIO KEYS) &&
		     sg_slice_is(description.message, "mikey AAAA"),
	     "of the only m= line it is read");
}

int main(void)
{
	test_refused();
	test_written();
	return ktap_finish();
}
