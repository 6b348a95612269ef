// SPDX-License-Identifier: GPL-2.0-only
/* Requests of HTTP: what is one, where it ends, and what could be two. */
#include <string.h>

#include "../lib/ktap.h"
#include "kms/http_request.h"

#define HOST "Host: kms.a.example\r\n"
#define POST "POST /keymanagement?requesttype=ticketrequest HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static char octets[HTTP_REQUEST_MAX + 1];
static struct http_request request;

static int parse(const char *text)
{
	size_t size = strlen(text);

	memcpy(octets, text, size);
	return http_request_parse(&request, octets, size);
}

static bool is(struct sg_slice slice, const char *text)
{
	return sg_slice_equal(slice, sg_slice_of(text));
}

/* -- requests -------------------------------------------------------------- */

static void test_annex_a(void)
{
	static const char text[] =
		"POST /keymanagement?requesttype=ticketrequest HTTP/1.1\r\n"
		"Host: kms.operator.example:1234\r\n"
		"Content-Type: application/mikey; version=1\r\n"
		"Content-Length: 8\r\n"
		"User-Agent: KMSAgent; Release-9 3gpp-gba\r\n"
		"From: alice@operator.example\r\n"
		"Date: Fri, 31 Dec 1999 23:59:59 GMT\r\n"
		"\r\n"
		"Mgj4hyruGET";

	ktap(parse(text) == sizeof(text) - 4 && is(request.method, "POST") &&
		     is(request.path, "/keymanagement") &&
		     is(request.query, "requesttype=ticketrequest") &&
		     is(request.media, "application/mikey") &&
		     is(request.body, "Mgj4hyru") && !request.close,
	     "Annex A's request, and where the next begins");
}

static void test_targets(void)
{
	ktap(parse("GET http://kms.a.example:80/x?a=/?b HTTP/1.1\r\n" HOST
		   "\r\n") > 0 && is(request.path, "/x") &&
		     is(request.query, "a=/?b"), "a proxy's target");
	ktap(parse("GET /x HTTP/1.1\r\n" HOST "\r\n") > 0 &&
		     !request.query.size && !request.body.size,
	     "neither query nor body");
}

static void test_ends(void)
{
	ktap(parse(POST "Connection: TE, Close\r\n\r\n") > 0 && request.close,
	     "a client that closes");
	ktap(parse("POST /x HTTP/1.0\r\n\r\n") > 0 && request.close,
	     "HTTP/1.0 closes, and needs no Host");
	ktap(parse("\r\n\r\n" POST "\r\n") == sizeof(POST) + 5,
	     "empty lines in front are skipped");
}

static void test_expects(void)
{
	static const char text[] = POST "Expect: 100-Continue\r\n"
					"Content-Length: 1\r\n\r\n";

	ktap(parse(text) == sizeof(text) && request.expects,
	     "a body that waits for 100 Continue");
}

static void test_chunks(void)
{
	static const char text[] = CHUNKED "3;a=b\r\nabc\r\n0A\r\n0123456789\r\n"
					   "0\r\nTrailer: x\r\n\r\n";
	int more = 0;

	ktap(parse(text) == sizeof(text) - 1 &&
		     is(request.body, "abc0123456789"), "chunks are joined");
	for (size_t size = 0; size < sizeof(text) - 1; size++) {
		memcpy(octets, text, size);
		more += http_request_parse(&request, octets, size) > (int)size &&
			!memcmp(octets, text, size);
	}
	ktap(more == sizeof(text) - 1,
	     "no part of them is taken for all, or changed");
}

/* -- what is none ---------------------------------------------------------- */

static void test_refused(void)
{
	static const struct {
		const char *name, *text;
		int status;
	} cases[] = {
		{ "no Host", "GET / HTTP/1.1\r\n\r\n", 400 },
		{ "two of them", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
		{ "LF alone", "GET / HTTP/1.1\n" HOST "\r\n\r\n", 400 },
		{ "LF alone, and no more", "GET / HTTP/1.1\nHost: a\n\n", 400 },
		{ "CR alone", "GET / HTTP/1.1\r\n\rX: y\r\n\r\n", 400 },
		{ "two blanks", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "no path", "GET http://kms HTTP/1.1\r\n" HOST "\r\n", 400 },
		{ "another scheme", "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n",
		  400 },
		{ "another version", "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
		{ "no version", "GET /\r\n" HOST "\r\n", 400 },
		{ "a blank before the colon", POST "X : y\r\n\r\n", 400 },
		{ "a line that goes on", POST "X: y\r\n z\r\n\r\n", 400 },
		{ "a control octet", POST "X: \001\r\n\r\n", 400 },
		{ "length twice",
		  POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\nA", 400 },
		{ "length of two", POST "Content-Length: 1, 1\r\n\r\nA", 400 },
		{ "length below 0", POST "Content-Length: -1\r\n\r\n", 400 },
		{ "length without end",
		  POST "Content-Length: 99999999999999999999999\r\n\r\n", 400 },
		{ "too long", POST "Content-Length: 99999\r\n\r\n", 413 },
		{ "length and chunks",
		  POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
		       "0\r\n\r\n", 400 },
		{ "another coding", POST "Transfer-Encoding: gzip\r\n\r\n",
		  501 },
		{ "chunked twice",
		  POST "Transfer-Encoding: chunked\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
		{ "a chunk without size", CHUNKED "\r\n", 400 },
		{ "a chunk with another", CHUNKED "5g\r\n", 400 },
		{ "a chunk longer than it says", CHUNKED "2\r\nabc\r\n0\r\n\r\n",
		  400 },
		{ "a huge chunk", CHUNKED "fffffff\r\n", 413 },
		{ "chunks that are too much", CHUNKED "ffff\r\n", 413 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int got = parse(cases[i].text);

		ktap(got == -cases[i].status, "%d: %s", cases[i].status,
		     cases[i].name);
		if (got != -cases[i].status)
			ktap_note("%d", got);
	}
}

static void test_endless(void)
{
	memset(octets, 'A', sizeof(octets));
	ktap(http_request_parse(&request, octets, HTTP_HEAD_MAX) ==
			     HTTP_HEAD_MAX + 1 &&
		     http_request_parse(&request, octets, HTTP_HEAD_MAX + 1) ==
			     -400, "a head without end");
	memset(octets, '0', sizeof(octets));
	memcpy(octets, CHUNKED, strlen(CHUNKED));
	ktap(http_request_parse(&request, octets, HTTP_REQUEST_MAX) == -413,
	     "a chunk's size without end");
}

int main(void)
{
	test_annex_a();
	test_targets();
	test_ends();
	test_expects();
	test_chunks();
	test_refused();
	test_endless();
	return ktap_finish();
}
