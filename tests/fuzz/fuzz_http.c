// SPDX-License-Identifier: GPL-2.0-only
/*
 * The octets as a client's: whole, and as they come one by one. What of them is
 * a request must be the same either way.
 */
#include <string.h>

#include "fuzz.h"
#include "kms/http_request.h"

static bool inside(struct sg_slice slice, const char *from, size_t size)
{
	return !slice.size ||
	       (slice.at >= from && slice.at + slice.size <= from + size);
}

static void check_slices(const struct http_request *request,
			 const char *octets, size_t size)
{
	require(request->method.size && request->path.size);
	require(inside(request->method, octets, size) &&
		inside(request->path, octets, size) &&
		inside(request->query, octets, size) &&
		inside(request->media, octets, size) &&
		inside(request->body, octets, size));
	require(request->body.size <= HTTP_BODY_MAX);
}

/* The first result that is no wish for more; octets behind it do not matter. */
static int read_slowly(struct http_request *request, char *octets, size_t size)
{
	int result = 1;

	for (size_t here = 0; here <= size; here++) {
		result = http_request_parse(request, octets, here);
		if (result <= (int)here)
			break;
	}
	return result;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct http_request whole, slow;
	char *a = malloc(size + 1), *b = malloc(size + 1);
	int result, slowly;

	require(a && b);
	memcpy(a, data, size);
	memcpy(b, data, size);
	result = http_request_parse(&whole, a, size);
	slowly = read_slowly(&slow, b, size);
	if (result > (int)size)
		require(slowly > (int)size && !memcmp(a, data, size));
	else if (result >= 0)
		check_slices(&whole, a, size);
	if (result >= 0 && result <= (int)size) {
		require(slowly == result);
		require(sg_slice_equal(whole.body, slow.body));
	}
	/* A refusal may come sooner, for the same octets, but not later. */
	require(result >= 0 || slowly < 0);
	free(a);
	free(b);
	return 0;
}
