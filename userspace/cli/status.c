// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/snapshot.h"
#include "cli/table.h"
#include "lib/engine.h"

static __u32 map_size(int fd)
{
	struct bpf_map_info info = { 0 };
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &size) ? 0 : info.max_entries;
}

struct hops {
	__u32 used, unresolved;
};

/* Next hops that streams refer to; slots left over from others do not count. */
static void count_hops(const struct cli *cli, const struct snapshot *snapshot,
		       struct hops *hops)
{
	__u32 size = map_size(cli->maps.next_hops);
	__u8 *seen = calloc(1, size + 1);

	memset(hops, 0, sizeof(*hops));
	for (size_t i = 0; seen && i < 2 * snapshot->count; i++) {
		const struct stream_view *stream =
			&snapshot->contexts[i / 2].stream[i % 2];
		__u32 slot = stream->stream.next_hop;
		struct sg_next_hop hop;

		if (!stream->slot || slot >= size || seen[slot])
			continue;
		seen[slot] = 1;
		if (bpf_map_lookup_elem(cli->maps.next_hops, &slot, &hop))
			continue;
		hops->used++;
		hops->unresolved += hop.state != SG_NEXT_HOP_REACHABLE;
	}
	free(seen);
}

static json_t *interfaces(const struct cli *cli)
{
	json_t *list = json_array();

	for (int i = 0; i < cli->realm_count; i++) {
		const struct realm *realm = &cli->realms[i];

		json_array_append_new(
			list,
			json_pack("{s:s?, s:i, s:i, s:s?, s:s?}", "interface",
				  *realm->interface ? realm->interface : NULL,
				  "ifindex", (int)realm->ifindex, "vlan",
				  (int)realm->vlan, "realm",
				  *realm->name ? realm->name : NULL, "xdp",
				  *realm->mode ? realm->mode : NULL));
	}
	return list;
}

static json_t *captured(const struct cli *cli, const struct snapshot *snapshot)
{
	struct sg_settings settings;
	__u32 zero = 0;

	if (bpf_map_lookup_elem(cli->maps.settings, &zero, &settings) ||
	    !settings.capture)
		return json_null();
	for (size_t i = 0; i < snapshot->count; i++)
		if (snapshot->contexts[i].slot == settings.capture / 2)
			return json_string(snapshot->contexts[i].context.name);
	return json_string("?");
}

/* Packets that the module left to the program, of CPUs that have any. */
static json_t *busy(const struct cli *cli)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = cpus > 0 ? calloc(cpus, sizeof(*values)) : NULL;
	__u32 slot = SG_COUNT_KFUNC_BUSY;
	json_t *list = json_object();
	char name[16];

	if (values && !bpf_map_lookup_elem(cli->maps.counters, &slot, values))
		for (int cpu = 0; cpu < cpus; cpu++) {
			if (!values[cpu])
				continue;
			snprintf(name, sizeof(name), "%d", cpu);
			json_object_set_new(list, name,
					    json_integer(values[cpu]));
		}
	free(values);
	return list;
}

/* The program's engine, one for all CPUs, and why not the faster one. */
static json_t *engine(const struct cli *cli)
{
	struct sg_settings settings = { 0 };
	char text[128] = "";
	__u32 zero = 0;
	bool kfunc;

	if (bpf_map_lookup_elem(cli->maps.settings, &zero, &settings) ||
	    settings.engine == SG_ENGINE_UNKNOWN)
		return json_null();
	kfunc = settings.engine == SG_ENGINE_KFUNC;
	if (kfunc)
		sg_engine_describe(text, sizeof(text));
	return json_pack("{s:s, s:s, s:o}", "name", kfunc ? "kfunc" : "bpf",
			 kfunc ? "with" : "because",
			 kfunc ? text : sg_engine_why(settings.engine),
			 "busy", busy(cli));
}

static json_t *traffic(const struct snapshot *snapshot)
{
	struct sg_totals sum = { 0 };

	for (size_t i = 0; i < 2 * snapshot->count; i++) {
		const struct sg_totals *totals =
			&snapshot->contexts[i / 2].stream[i % 2].totals;

		sum.packets += totals->packets;
		sum.octets += totals->octets;
		sum.rtcp_packets += totals->rtcp_packets;
		sum.rtcp_octets += totals->rtcp_octets;
	}
	return json_pack("{s:I, s:I, s:I, s:I}",
			 "packets", (json_int_t)sum.packets,
			 "octets", (json_int_t)sum.octets,
			 "rtcp_packets", (json_int_t)sum.rtcp_packets,
			 "rtcp_octets", (json_int_t)sum.rtcp_octets);
}

static json_t *silent(const struct snapshot *snapshot)
{
	json_int_t count[SG_STOPPED + 1] = { 0 };

	for (size_t i = 0; i < 2 * snapshot->count; i++) {
		__u8 is = snapshot->contexts[i / 2].context.silence[i % 2];

		count[is <= SG_STOPPED ? is : SG_NOT_SILENT]++;
	}
	return json_pack("{s:I, s:I}",
			 "never_started", count[SG_NEVER_STARTED],
			 "stopped", count[SG_STOPPED]);
}

/* "running", "ended" or "off" by the daemon; counters by the map. */
static json_t *slow_path(const struct cli *cli)
{
	struct sg_slow slow = { 0 };

	sg_maps_slow(&cli->maps, &slow);
	return json_pack("{s:O?, s:b, s:I, s:I, s:I}", "state",
			 json_object_get(cli->status, "slow_path"), "in_charge",
			 slow.owner != 0, "received", (json_int_t)slow.received,
			 "sent", (json_int_t)slow.sent, "lost",
			 (json_int_t)(slow.no_crypto + slow.unsent +
				      slow.overrun));
}

/* Of the packets in vain, some are still to come. */
static json_t *keystream(const struct cli *cli)
{
	struct sg_ahead ahead;

	sg_maps_ahead(&cli->maps, &ahead);
	return json_pack("{s:O?, s:I, s:I, s:I, s:I, s:I}", "state",
			 json_object_get(cli->status, "keystream"),
			 "hits", (json_int_t)ahead.hits,
			 "misses", (json_int_t)ahead.misses,
			 "in_vain", (json_int_t)(ahead.made > ahead.hits ?
						 ahead.made - ahead.hits : 0),
			 "unheard", (json_int_t)ahead.unheard,
			 "restarted", (json_int_t)ahead.restarted);
}

static json_t *collect(const struct cli *cli, const struct snapshot *snapshot)
{
	json_int_t contexts = cli->maps.contexts_size - SG_RESERVED_SLOTS;
	size_t streams = 0;
	struct hops hops;

	count_hops(cli, snapshot, &hops);
	for (size_t i = 0; i < 2 * snapshot->count; i++)
		streams += snapshot->contexts[i / 2].stream[i % 2].slot != 0;
	return json_pack(
		"{s:s, s:b, s:O?, s:s, s:i, s:{s:I, s:I}, s:{s:I, s:I},"
		" s:{s:I, s:I}, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I}",
		"version", SRTPGATE_VERSION,
		"running", cli->daemon, "daemon", cli->status,
		"pin", cli->root, "layout", SG_LAYOUT_VERSION,
		"contexts", "used", (json_int_t)snapshot->count,
		"size", contexts,
		"streams", "used", (json_int_t)streams, "size", 2 * contexts,
		"next_hops", "used", (json_int_t)hops.used,
		"unresolved", (json_int_t)hops.unresolved,
		"silent", silent(snapshot),
		"engine", engine(cli),
		"interfaces", interfaces(cli),
		"capture", captured(cli, snapshot),
		"slow_path", slow_path(cli),
		"keystream", keystream(cli),
		"forwarded", traffic(snapshot),
		"dropped", (json_int_t)snapshot_drops(snapshot),
		"passed", (json_int_t)snapshot_passes(snapshot));
}

static __u64 number(json_t *of, const char *member)
{
	return json_integer_value(json_object_get(of, member));
}

static void line(const char *name, enum style style, const char *value)
{
	printf("%s%-12s%s %s%s%s\n", style_on(DIM), name, style_off(),
	       style_on(style), value, style_off());
}

static void line_pair(const char *name, json_t *of, const char *first,
		      const char *between, const char *second,
		      const char *after, enum style style)
{
	text a, b;
	char value[2 * TEXT_SIZE + 64];

	snprintf(value, sizeof(value), "%s%s%s%s",
		 format_count(a, number(of, first)), between,
		 format_count(b, number(of, second)), after);
	line(name, style, value);
}

static void print_daemon(const struct cli *cli)
{
	json_t *uptime = json_object_get(cli->status, "uptime_s");
	text duration;
	char value[TEXT_SIZE + 32];

	if (!cli->daemon) {
		line("srtpgated", YELLOW, "not running; media goes on");
		return;
	}
	snprintf(value, sizeof(value), "running%s%s", uptime ? " for " : "",
		 uptime ? format_duration(duration,
					  json_number_value(uptime)) : "");
	line("srtpgated", GREEN, value);
}

static void print_slow_path(json_t *slow)
{
	const char *state = json_string_value(json_object_get(slow, "state"));
	bool on = json_is_true(json_object_get(slow, "in_charge"));
	__u64 lost = number(slow, "lost");
	text received, sent, unsent;
	char value[3 * TEXT_SIZE + 64];

	if (!state)
		state = on ? "left running" : "off";
	snprintf(value, sizeof(value), "%s, %s received, %s sent, %s lost",
		 state, format_count(received, number(slow, "received")),
		 format_count(sent, number(slow, "sent")),
		 format_count(unsent, lost));
	line("slow path", lost || !strcmp(state, "ended") ? YELLOW : PLAIN,
	     on ? value : state);
}

static void print_keystream(json_t *keystream)
{
	const char *state =
		json_string_value(json_object_get(keystream, "state"));
	__u64 hits = number(keystream, "hits");
	__u64 packets = hits + number(keystream, "misses");
	char value[2 * TEXT_SIZE + 64];
	text found, vain;

	/* The module has no use for it. */
	if (!packets && (!state || !strcmp(state, "off")))
		return;
	if (!state)
		state = "not made, as srtpgated is not running";
	snprintf(value, sizeof(value),
		 "%s, found by %s packets (%.0f %%), made for %s in vain", state,
		 format_count(found, hits), packets ? 100.0 * hits / packets : 0,
		 format_count(vain, number(keystream, "in_vain")));
	line("key stream", !strcmp(state, "ended") ? YELLOW : PLAIN, value);
}

static void print_engine(json_t *engine)
{
	const char *name = json_string_value(json_object_get(engine, "name"));
	const char *with = json_string_value(json_object_get(engine, "with"));
	json_t *because = json_object_get(engine, "because"), *count;
	char value[256];
	const char *cpu;
	text packets;

	if (!name)
		return;
	snprintf(value, sizeof(value), with ? "%s (%s)" : "%s: %s", name,
		 with ? with : json_string_value(because));
	line("engine", PLAIN, value);
	json_object_foreach(json_object_get(engine, "busy"), cpu, count) {
		snprintf(value, sizeof(value),
			 "bpf for %s packets, the registers were in use",
			 format_count(packets, json_integer_value(count)));
		printf("%-12s CPU %s: %s\n", "", cpu, value);
	}
}

static void print_interfaces(json_t *list)
{
	static const char *const headings[] = { "INTERFACE", "VLAN", "REALM",
						"XDP", NULL };
	struct table table;
	json_t *one;
	size_t i;

	if (!json_array_size(list))
		return;
	putchar('\n');
	table_open(&table, headings);
	json_array_foreach(list, i, one) {
		const char *name = json_string_value(
			json_object_get(one, "interface"));
		const char *realm = json_string_value(
			json_object_get(one, "realm"));
		const char *mode = json_string_value(
			json_object_get(one, "xdp"));
		int vlan = number(one, "vlan");

		if (name)
			table_cell(&table, PLAIN, "%s", name);
		else
			table_cell(&table, RED, "(index %llu, gone)",
				   number(one, "ifindex"));
		table_cell(&table, PLAIN, vlan ? "%d" : "-", vlan);
		table_cell(&table, CYAN, "%s", realm ? realm : "?");
		table_cell(&table, mode && !strcmp(mode, "generic") ? YELLOW :
								       PLAIN,
			   "%s", mode ? mode : "?");
	}
	table_print(&table, stdout, 0, table_rows(&table), 0, "\n");
	table_close(&table);
}

/* Of what only the daemon knows. */
static void print_homes(json_t *status)
{
	json_t *daemon = json_object_get(status, "daemon");
	json_t *streams = json_object_get(status, "streams");
	text home, all;
	char value[2 * TEXT_SIZE + 32];

	if (!json_is_object(daemon))
		return;
	snprintf(value, sizeof(value), "%s of %s streams",
		 format_count(home, number(daemon, "at_home")),
		 format_count(all, number(streams, "used")));
	line("at home", PLAIN, value);
}

static void print_silent(json_t *silent)
{
	__u64 never = number(silent, "never_started");
	__u64 stopped = number(silent, "stopped");

	if (never || stopped)
		line_pair("silent", silent, "never_started",
			  " never started, ", "stopped", " stopped", YELLOW);
}

static int print(const struct cli *cli, json_t *status)
{
	json_t *hops = json_object_get(status, "next_hops");
	const char *capture =
		json_string_value(json_object_get(status, "capture"));
	text count;

	print_daemon(cli);
	line("pinned in", PLAIN, cli->root);
	line_pair("contexts", json_object_get(status, "contexts"), "used",
		  " of ", "size", "", PLAIN);
	line_pair("streams", json_object_get(status, "streams"), "used",
		  " of ", "size", "", PLAIN);
	print_homes(status);
	print_silent(json_object_get(status, "silent"));
	line_pair("next hops", hops, "used", ", ", "unresolved",
		  " unresolved", number(hops, "unresolved") ? YELLOW : PLAIN);
	line_pair("forwarded", json_object_get(status, "forwarded"), "packets",
		  " RTP, ", "rtcp_packets", " RTCP, by the streams of now",
		  PLAIN);
	line("dropped", number(status, "dropped") ? YELLOW : PLAIN,
	     format_count(count, number(status, "dropped")));
	line("to kernel", PLAIN, format_count(count, number(status, "passed")));
	print_slow_path(json_object_get(status, "slow_path"));
	print_engine(json_object_get(status, "engine"));
	print_keystream(json_object_get(status, "keystream"));
	if (capture)
		line("capturing", YELLOW, capture);
	print_interfaces(json_object_get(status, "interfaces"));
	json_decref(status);
	return EXIT_OK;
}

int run_status(struct cli *cli, int argc, char **argv)
{
	struct snapshot snapshot;
	json_t *status = NULL;
	int err;

	if (argc != 1)
		return cli_usage("status takes no \"%s\"", argv[1]);
	if (cli_open_maps(cli))
		return EXIT_FAILED;
	err = snapshot_read(&snapshot, &cli->maps);
	if (!err)
		status = collect(cli, &snapshot);
	snapshot_free(&snapshot);
	if (err || !status)
		return cli_fail("%s: %s", cli->root, strerror(err ? -err : ENOMEM));
	return cli->json ? cli_print_json(status) : print(cli, status);
}
