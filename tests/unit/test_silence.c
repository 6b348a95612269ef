// SPDX-License-Identifier: GPL-2.0-only
/* When a stream is silent: a life of it, step by step, by the clock. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "gated/silence.h"

enum { PERIOD = 30000, BEGAN = 5000 };

static struct silence silence;
static struct stream stream;

/* At @now ms, its last packet at @seen. */
static bool is(enum sg_silence expected, bool open, __u64 seen, __u64 now)
{
	stream.silence = silence_judge(&silence, &stream, open, seen, now);
	if (stream.silence == expected)
		return true;
	ktap_note("%d", stream.silence);
	return false;
}

static void begin(__u64 opened, enum sg_silence before)
{
	silence = (struct silence){ .period = PERIOD, .began = BEGAN };
	stream = (struct stream){ .opened = opened, .silence = before };
}

static void test_life(void)
{
	begin(0, SG_NOT_SILENT);
	ktap(is(0, false, 0, 90000), "a closed gate is no silence");
	ktap(is(0, true, 0, 100000), "nor is one that just opened");
	ktap(is(0, true, 0, 129999), "nor one a moment before its time");
	ktap(is(SG_NEVER_STARTED, true, 0, 130000), "then it never started");
	ktap(is(SG_NEVER_STARTED, true, 0, 500000), "and stays so");
	ktap(is(0, true, 500100, 500200), "until a packet comes");
	ktap(is(0, true, 500100, 530099), "a pause is no silence");
	ktap(is(SG_STOPPED, true, 500100, 530100), "a long one is: stopped");
	ktap(is(0, true, 530200, 530200), "and over with the next packet");
	ktap(is(SG_STOPPED, true, 530200, 600000), "stopped again");
	ktap(is(0, false, 530200, 600100), "a gate that closes ends it");
	ktap(is(0, true, 530200, 700000), "it opens: what was is forgotten");
	ktap(is(SG_NEVER_STARTED, true, 530200, 730000),
	     "nothing since it opened: never started");
}

static void test_adopted(void)
{
	begin(SILENCE_ADOPTED, SG_NOT_SILENT);
	ktap(is(0, true, 0, BEGAN + PERIOD - 1),
	     "after a restart a whole period is waited");
	ktap(is(SG_NEVER_STARTED, true, 0, BEGAN + PERIOD),
	     "before it is told that a stream never started");
	begin(SILENCE_ADOPTED, SG_NOT_SILENT);
	ktap(is(SG_STOPPED, true, 100, BEGAN + PERIOD),
	     "or that it stopped, when it did before");
	begin(SILENCE_ADOPTED, SG_STOPPED);
	ktap(is(SG_STOPPED, true, 100, PERIOD + 100),
	     "what was silent before is so at once, and not told again");
	ktap(is(0, true, PERIOD + 200, PERIOD + 300), "until it is not");
}

static void test_off(void)
{
	begin(SILENCE_ADOPTED, SG_STOPPED);
	silence.period = 0;
	ktap(is(0, true, 0, 1u << 30), "0 watches for nothing");
}

/* -- what is told ---------------------------------------------------------- */

enum { CONTEXTS = 12 };

static struct sg_maps no_maps = { .contexts = -1 };
static struct sg_stream streams[CONTEXTS + 1];
static struct contexts all = { .maps = &no_maps, .stream = streams };
static struct context contexts[CONTEXTS];

/* One round at @now, of streams last seen at @seen. */
static void round_of(__u64 seen, __u64 now)
{
	for (int i = 0; i < CONTEXTS; i++)
		silence_look(&silence, &contexts[i], 1, seen, now);
	silence_round_over(&silence);
}

/* Lines of the log that have @text in them; the log begins anew. */
static int lines_with(FILE *log, const char *text)
{
	char line[256];
	int count = 0;

	rewind(log);
	while (fgets(line, sizeof(line), log))
		count += strstr(line, text) != NULL;
	rewind(log);
	if (ftruncate(fileno(log), 0))
		return -1;
	return count;
}

static void test_told(void)
{
	FILE *log = tmpfile();

	if (!log || dup2(fileno(log), STDERR_FILENO) < 0)
		ktap_bail_out("no file for the log");
	begin(0, SG_NOT_SILENT);
	for (int i = 0; i < CONTEXTS; i++) {
		contexts[i].all = &all;
		contexts[i].stream[1].slot = i + 1;
		streams[i + 1].flags = SG_STREAM_GATE_OPEN;
		snprintf(contexts[i].name, SG_NAME_MAX, "call-%d", i);
	}
	round_of(0, 50000);
	ktap(lines_with(log, "") == 0, "nothing is told at first");
	round_of(0, 90000);
	ktap(lines_with(log, "nothing came in the 40 s") == SILENCE_LINES,
	     "of many at once, some are told");
	round_of(0, 91000);
	ktap(lines_with(log, "") == 0, "and only once");
	round_of(91500, 92000);
	ktap(lines_with(log, "packets come again") == SILENCE_LINES,
	     "nor in another round are too many told");
	round_of(91500, 130000);
	ktap(silence.changes[SG_NEVER_STARTED] == CONTEXTS &&
	     silence.changes[SG_NOT_SILENT] == CONTEXTS &&
	     silence.changes[SG_STOPPED] == CONTEXTS, "all are counted");
	ktap(lines_with(log, "2 more streams") == 1,
	     "and the rest of a round is one line");
}

int main(void)
{
	test_told();
	test_life();
	test_adopted();
	test_off();
	return ktap_finish();
}
