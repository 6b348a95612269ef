// SPDX-License-Identifier: GPL-2.0-only
/*
 * Iq, H.248 to a running srtpgated: the controller's side of bench/iq.sh,
 * which starts the gateway.
 *
 *	bench_iq sample LOCAL GATEWAY FOLDER
 *		one call, whose messages are left in FOLDER
 *	bench_iq codec RESULTS FOLDER NS
 *		ns to read and write one of them; NS is what megaco takes
 *	bench_iq calls RESULTS LOCAL GATEWAY PID NS [COUNT [WINDOW]]
 *		whole calls; NS is megaco's part of one
 *	bench_iq hold RESULTS LOCAL GATEWAY PID STREAMS COUNT FOLDER
 *		sets up COUNT calls, which stay, in a gateway with room for
 *		STREAMS streams; leaves the first one's keys and a list in
 *		FOLDER and prints that one's ports
 *	bench_iq release LOCAL GATEWAY COUNT FOLDER
 *		changes each of these calls, and ends it
 *	bench_iq audit LOCAL GATEWAY
 *		waits for an answer, prints when it came (s since 1970)
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "controller.h"
#include "lib/h248.h"
#include "lib/secret.h"
#include "netns.h"
#include "result.h"

enum {
	MESSAGES = 64,		/* of a folder, at most */
	OCTETS = 8192,		/* of a message, at most */
	CODEC_TURNS = 20000,
	ROUNDS = 5,
	CALLS = 20000,		/* a round */
	WINDOW = 64,
	WARM_UP = 2000,
	RATE_GOAL = 10000,
};

/* As in bench/iq.sh. Each address has ports for some 25,000 calls. */
static const struct side access_side = {
	.realm = "access",
	.peer = "10.77.1.2",
	.local = (const char *const[]){ "10.77.1.101", "10.77.1.102",
					"10.77.1.103", "10.77.1.104", NULL },
};
static const struct side core_side = {
	.realm = "core",
	.peer = "10.77.2.2",
	.local = (const char *const[]){ "10.77.2.101", "10.77.2.102",
					"10.77.2.103", "10.77.2.104", NULL },
};

#define PATIENCE 30.0		/* s for the gateway to register or answer */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static struct controller *open_registered(const char *local,
					  const char *gateway)
{
	struct controller *c = controller_open(local, gateway);

	controller_sides(c, &access_side, &core_side);
	controller_audit(c, PATIENCE);
	return c;
}

static int sample(char **argv)
{
	struct controller *c = open_registered(argv[0], argv[1]);

	controller_record(c, argv[2]);
	controller_run(c, NULL, 1, CALL_RESERVE, CALL_RELEASE, 1);
	controller_close(c);
	return 0;
}

/* -- codec ------------------------------------------------------------------ */

struct sample {
	char text[OCTETS];
	size_t size;
};

static int read_samples(struct sample samples[MESSAGES], const char *folder)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	int count = 0;

	if (!directory)
		result_fail("%s: %s", folder, strerror(errno));
	while ((entry = readdir(directory)) && count < MESSAGES) {
		struct sample *one = &samples[count];
		char path[512];
		FILE *file;

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		one->size = fread(one->text, 1, sizeof(one->text), file);
		fclose(file);
		count += one->size > 0;
	}
	closedir(directory);
	return count;
}

/* Reads a copy of the message, writes it, forgets all: as for every one. */
static void convert(const struct sample *sample)
{
	static char text[OCTETS], written[OCTETS];
	static char arena[H248_ARENA_SIZE(OCTETS)];
	struct h248_message message;
	struct h248_fault fault;

	memcpy(text, sample->text, sample->size);
	if (h248_parse(&message, arena, sizeof(arena), text, sample->size,
		       &fault) ||
	    h248_print(written, sizeof(written), &message, H248_COMPACT) <= 0)
		result_fail("a message cannot be converted: %.*s",
			    (int)sample->size, sample->text);
	h248_message_wipe(&message);
}

static int codec(char **argv)
{
	static struct sample samples[MESSAGES];
	int count = read_samples(samples, argv[1]);
	double best = 0;

	if (!count)
		result_fail("%s holds no messages", argv[1]);
	for (int round = 0; round < ROUNDS; round++) {
		double start = now(), ns;

		for (int i = 0; i < CODEC_TURNS; i++)
			convert(&samples[i % count]);
		ns = (now() - start) * 1e9 / CODEC_TURNS;
		best = best && best < ns ? best : ns;
	}
	result_row("h248-message", best, "ns", "Erlang megaco", atof(argv[2]),
		   "<=0.10");
	return 0;
}

/* -- calls ------------------------------------------------------------------ */

/* What some calls took, or have taken since the start of the clocks. */
struct figures {
	double wall, cpu;	/* s; of the gateway's threads */
};

static struct figures clocks(int pid)
{
	return (struct figures){ now(), netns_cpu_time(pid) / 1e9 };
}

static struct figures since(const struct figures *start, int pid)
{
	struct figures end = clocks(pid);

	end.wall -= start->wall;
	end.cpu -= start->cpu;
	if (end.cpu <= 0)
		result_fail("srtpgated is gone");
	return end;
}

static void note_run(const char *what, __u32 count,
		     const struct figures *figures, const struct controller *c)
{
	const struct controller_counters *counters = controller_counters(c);

	result_note("%u calls %s in %.2f s, of which srtpgated had %.2f s; "
		    "%llu messages sent, %llu received, %llu repeated", count,
		    what, figures->wall, figures->cpu,
		    (unsigned long long)counters->sent,
		    (unsigned long long)counters->received,
		    (unsigned long long)counters->repeated);
}

static int calls(char **argv, int argc)
{
	struct controller *c = open_registered(argv[1], argv[2]);
	const __u32 count = argc > 5 ? atoi(argv[5]) : CALLS;
	const __u32 window = argc > 6 ? atoi(argv[6]) : WINDOW;
	const int pid = atoi(argv[3]);
	double rate = 0, wall_rate = 0;

	controller_run(c, NULL, WARM_UP, CALL_RESERVE, CALL_RELEASE, window);
	for (int i = 0; i < ROUNDS; i++) {
		struct figures took = clocks(pid);

		controller_run(c, NULL, count, CALL_RESERVE, CALL_RELEASE,
			       window);
		took = since(&took, pid);
		note_run("from Add to Subtract", count, &took, c);
		if (count / took.cpu > rate)
			rate = count / took.cpu;
		if (count / took.wall > wall_rate)
			wall_rate = count / took.wall;
	}
	result_row("iq-calls-per-second", rate, "calls/s", "megaco codec",
		   1e9 / atof(argv[4]), "value>=10000");
	result_row("iq-calls-per-second-wall", wall_rate, "calls/s", NULL, 0,
		   "-");
	controller_close(c);
	return 0;
}

/* -- calls that stay ---------------------------------------------------------- */

/* A line "NAME: number" of a file below /proc; 0: there is none. */
static __u64 number_of(const char *path, const char *name)
{
	FILE *file = fopen(path, "r");
	size_t length = strlen(name);
	char line[256];
	__u64 number = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, length) && line[length] == ':')
			number = strtoull(line + length + 1, NULL, 10);
	if (file)
		fclose(file);
	return number;
}

/* Octets of its own: not those of maps that it sees as memory. */
static __u64 resident(int pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	return number_of(path, "RssAnon") * 1024;
}

/* Octets of all maps that the process has open. */
static __u64 map_memory(int pid)
{
	char folder[64], path[512];
	struct dirent *entry;
	__u64 octets = 0;
	DIR *directory;

	snprintf(folder, sizeof(folder), "/proc/%d/fdinfo", pid);
	directory = opendir(folder);
	while (directory && (entry = readdir(directory))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (number_of(path, "map_id"))
			octets += number_of(path, "memlock");
	}
	if (directory)
		closedir(directory);
	return octets;
}

static void write_key(const char *folder, const char *name, const char *key)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	umask(077);
	file = fopen(path, "w");
	if (!file || fprintf(file, "AES_CM_128_HMAC_SHA1_80 %s\n", key) < 0 ||
	    fclose(file))
		result_fail("%s cannot be written: %s", path, strerror(errno));
}

static const char *list_path(char path[512], const char *folder)
{
	snprintf(path, 512, "%s/calls", folder);
	return path;
}

/* For release(), without the keys. */
static void write_list(struct call *held, __u32 count, const char *folder)
{
	char path[512];
	FILE *file = fopen(list_path(path, folder), "w");

	for (__u32 i = 0; i < count; i++) {
		sg_secret_zero(held[i].ue_key, sizeof(held[i].ue_key));
		sg_secret_zero(held[i].gateway_key,
			       sizeof(held[i].gateway_key));
	}
	if (!file || fwrite(held, sizeof(*held), count, file) != count ||
	    fclose(file))
		result_fail("%s cannot be written: %s", path, strerror(errno));
}

static int hold(char **argv)
{
	struct controller *c = open_registered(argv[1], argv[2]);
	const __u32 streams = atoi(argv[4]), count = atoi(argv[5]);
	struct call *held = calloc(count, sizeof(*held));
	const int pid = atoi(argv[3]);
	struct figures took = clocks(pid);
	__u64 before, after, maps = map_memory(pid);

	if (!held)
		result_fail("out of memory");
	controller_run(c, held, 1, CALL_RESERVE, CALL_THROUGH, 1);
	before = resident(pid);
	controller_run(c, held + 1, count - 1, CALL_RESERVE, CALL_THROUGH,
		       WINDOW);
	after = resident(pid);
	took = since(&took, pid);
	note_run("set up", count, &took, c);
	result_note("srtpgated grew from %.1f to %.1f MB; its maps have %.1f",
		    before / 1e6, after / 1e6, maps / 1e6);
	/* A context has two streams, and what is counted by streams. */
	result_row("iq-memory-per-context",
		   ((double)after - before) / (count - 1) + 2.0 * maps / streams,
		   "bytes", NULL, 0, "-");
	write_key(argv[6], "ue.key", held->ue_key);
	write_key(argv[6], "gateway.key", held->gateway_key);
	write_list(held, count, argv[6]);
	printf("%u %u\n", held->access_port, held->core_port);
	controller_close(c);
	free(held);
	return 0;
}

static int release(char **argv)
{
	struct controller *c = open_registered(argv[0], argv[1]);
	const __u32 count = atoi(argv[2]);
	struct call *held = calloc(count, sizeof(*held));
	char path[512];
	FILE *file = fopen(list_path(path, argv[3]), "r");

	if (!held || !file || fread(held, sizeof(*held), count, file) != count)
		result_fail("%s cannot be read", path);
	fclose(file);
	controller_run(c, held, count, CALL_THROUGH, CALL_RELEASE, WINDOW);
	controller_close(c);
	free(held);
	return 0;
}

static int audit(char **argv)
{
	struct controller *c = controller_open(argv[0], argv[1]);
	struct timespec t;

	controller_audit(c, PATIENCE);
	clock_gettime(CLOCK_REALTIME, &t);
	printf("%.6f\n", t.tv_sec + t.tv_nsec / 1e9);
	controller_close(c);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	bool has_results = !strcmp(verb, "codec") || !strcmp(verb, "calls") ||
			   !strcmp(verb, "hold");

	if (has_results && argc > 2)
		result_open(argv[2]);
	if (!strcmp(verb, "sample") && argc == 5)
		return sample(argv + 2);
	if (!strcmp(verb, "codec") && argc == 5)
		return codec(argv + 2);
	if (!strcmp(verb, "calls") && argc >= 7)
		return calls(argv + 2, argc - 2);
	if (!strcmp(verb, "hold") && argc == 9)
		return hold(argv + 2);
	if (!strcmp(verb, "release") && argc == 6)
		return release(argv + 2);
	if (!strcmp(verb, "audit") && argc == 4)
		return audit(argv + 2);
	result_fail("usage: see bench/bench_iq.c");
}
