// SPDX-License-Identifier: GPL-2.0-only
/* The metrics as the operator's view reads them. */
#include "../lib/ktap.h"
#include "kms/samples.h"

static struct samples samples;

static void parse(const char *text)
{
	samples_parse(&samples, sg_slice_of(text));
}

static void test_lines(void)
{
	parse("# HELP a_total What it is.\n"
	      "# TYPE a_total counter\n"
	      "a_total{result=\"issued\"} 12\n"
	      "a_total{result=\"Auth failure\"} 3\n"
	      "a_bucket{le=\"5e-05\"} 7\n"
	      "b 1.5\n"
	      "c 0\n");
	ktap(samples.count == 5 &&
		     samples_value(&samples, "a_total", "issued") == 12 &&
		     samples_value(&samples, "a_total", "Auth failure") == 3 &&
		     samples_value(&samples, "a_bucket", "5e-05") == 7 &&
		     samples_value(&samples, "b", NULL) == 1.5,
	     "names, labels and values");
	ktap(samples_find(&samples, "c", NULL) &&
		     !samples_find(&samples, "a_total", "resolved") &&
		     !samples_find(&samples, "a", NULL) &&
		     !samples_value(&samples, "d", NULL),
	     "what is 0 is there, what is not is not");
}

/* Whoever listens there: nothing but numbers is a value. */
static void test_others(void)
{
	parse("\n \na\nb \nc x\nd 1x\ne{ 1\nf{x=\"y 1\n{x=\"y\"} 1\n"
	      "i\033[2J 1\nj{k=\"\033]\"} 1\nl{m=\"\xc3\"} 1\n"
	      "g 11111111111111111111111111111111111111111111\nh 2");
	ktap(samples.count == 1 && samples_value(&samples, "h", NULL) == 2,
	     "lines that are none, and a last one without end");
}

static void test_many(void)
{
	char text[4 * (SAMPLES_MAX + 8)];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "a 1\n"[i % 4];
	samples_parse(&samples, (struct sg_slice){ text, sizeof(text) });
	ktap(samples.count == SAMPLES_MAX, "no more than there is room for");
}

int main(void)
{
	test_lines();
	test_others();
	test_many();
	return ktap_finish();
}
