// SPDX-License-Identifier: GPL-2.0-only
/*
 * What keeps this host, or an interface, from the full speed of the fast
 * path: each obstacle with the command that removes it.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <libgen.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/ethtool.h"
#include "cli/table.h"

enum {
	/* One page less XDP head room, skb_shared_info and Ethernet, VLAN. */
	NATIVE_MTU = 3498,
	KERNEL_MAJOR = 6,
	KERNEL_MINOR = 1,
	/* NETDEV_XDP_ACT_... */
	XDP_BASIC = 1,
	XDP_REDIRECT_FEATURE = 2,
	XDP_XMIT = 4,
};

enum result { FINE, UNKNOWN, WARNING, OBSTACLE };

struct check {
	struct cli *cli;
	json_t *list;
	const char *subject;
	bool failed;
};

static const char *const result_name[] = { "ok", "unknown", "warning",
					   "error" };

/* Notes one finding; @remedy: a command line, or NULL. */
static void note(struct check *check, const char *what, enum result result,
		 const char *remedy, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

static void note(struct check *check, const char *what, enum result result,
		 const char *remedy, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	check->failed |= result == OBSTACLE;
	json_array_append_new(
		check->list,
		json_pack("{s:s, s:s, s:s, s:s, s:s?}", "subject",
			  check->subject, "check", what, "result",
			  result_name[result], "text", text, "remedy", remedy));
}

/* -- the host --------------------------------------------------------------- */

/* A number from /proc/sys, or -1. */
static long read_sysctl(const char *path)
{
	FILE *file = fopen(path, "r");
	long value = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%ld", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

static void check_kernel(struct check *check)
{
	struct utsname name;
	int major = 0, minor = 0;

	uname(&name);
	if (sscanf(name.release, "%d.%d", &major, &minor) != 2)
		note(check, "kernel", UNKNOWN, NULL, "kernel %s", name.release);
	else if (major < KERNEL_MAJOR ||
		 (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
		note(check, "kernel", OBSTACLE, NULL,
		     "kernel %s is older than %d.%d, which the program needs",
		     name.release, KERNEL_MAJOR, KERNEL_MINOR);
	else
		note(check, "kernel", FINE, NULL, "kernel %s", name.release);
}

static void check_jit(struct check *check)
{
	long enabled = read_sysctl("/proc/sys/net/core/bpf_jit_enable");
	long harden = read_sysctl("/proc/sys/net/core/bpf_jit_harden");

	if (enabled == 0)
		note(check, "jit", OBSTACLE,
		     "sysctl -w net.core.bpf_jit_enable=1",
		     "BPF programs are interpreted, many times slower");
	else if (enabled < 0)
		note(check, "jit", UNKNOWN, NULL,
		     "cannot read net.core.bpf_jit_enable");
	else
		note(check, "jit", FINE, NULL, "BPF programs are compiled");
	if (harden == 2)
		note(check, "jit-harden", WARNING,
		     "sysctl -w net.core.bpf_jit_harden=1",
		     "constants of privileged BPF programs are blinded, too, "
		     "which slows encryption down");
}

/* The nearest folder above @path that exists says which filesystem it is. */
static void check_bpffs(struct check *check)
{
	char path[4096], *at = path;
	struct statfs is;

	snprintf(path, sizeof(path), "%s", check->cli->root);
	while (statfs(at, &is) && strcmp(at, "/") && strcmp(at, "."))
		at = dirname(at);
	if (is.f_type == BPF_FS_MAGIC)
		note(check, "bpffs", FINE, NULL, "%s is on a BPF filesystem",
		     check->cli->root);
	else
		note(check, "bpffs", OBSTACLE, "mount -t bpf bpf /sys/fs/bpf",
		     "%s is not on a BPF filesystem, maps cannot be pinned",
		     check->cli->root);
}

static void check_neighbours(struct check *check)
{
	long limit = read_sysctl("/proc/sys/net/ipv4/neigh/default/gc_thresh3");

	if (limit >= 0 && limit <= 1024)
		note(check, "neighbours", WARNING,
		     "sysctl -w net.ipv4.neigh.default.gc_thresh3=65536",
		     "the neighbour table holds %ld entries; too few when more "
		     "UEs than that are on-link", limit);
	else if (limit > 0)
		note(check, "neighbours", FINE, NULL,
		     "the neighbour table holds %ld entries", limit);
}

static void check_host(struct check *check)
{
	check->subject = "host";
	check_kernel(check);
	check_jit(check);
	check_bpffs(check);
	check_neighbours(check);
}

/* -- an interface ----------------------------------------------------------- */

static void check_driver(struct check *check, const char *name, __u32 ifindex)
{
	enum { NEEDED = XDP_BASIC | XDP_REDIRECT_FEATURE | XDP_XMIT };
	char driver[32] = "?";
	__u64 features;

	ethtool_driver(name, driver);
	if (ethtool_xdp_features(ifindex, &features))
		note(check, "driver", UNKNOWN, NULL,
		     "driver %s; this kernel does not tell its XDP features",
		     driver);
	else if (!(features & XDP_BASIC))
		note(check, "driver", OBSTACLE, NULL,
		     "driver %s has no native XDP; only xdp = \"generic\" "
		     "works, several times slower", driver);
	else if ((features & NEEDED) != NEEDED)
		note(check, "driver", WARNING, NULL,
		     "driver %s cannot be a target of redirects now; some need "
		     "an XDP program attached first", driver);
	else
		note(check, "driver", FINE, NULL,
		     "driver %s has native XDP with redirect", driver);
}

static void check_attached(struct check *check, __u32 ifindex)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);

	if (bpf_xdp_query(ifindex, 0, &query))
		note(check, "xdp", UNKNOWN, NULL, "cannot ask what is attached");
	else if (query.attach_mode == XDP_ATTACHED_SKB)
		note(check, "xdp", WARNING, NULL,
		     "the program runs in generic mode; see the driver and "
		     "MTU lines for why native mode failed");
	else if (query.attach_mode == XDP_ATTACHED_NONE)
		note(check, "xdp", FINE, NULL, "no XDP program attached yet");
	else
		note(check, "xdp", FINE, NULL, "a program runs in %s mode",
		     query.attach_mode == XDP_ATTACHED_HW ? "hardware" :
							    "native");
}

/* Merged segments are no packets any more: XDP does not go with them. */
static void check_merging(struct check *check, const char *name,
			  const char *feature, const char *option,
			  enum result result)
{
	char remedy[64];

	snprintf(remedy, sizeof(remedy), "ethtool -K %s %s off", name, option);
	if (ethtool_feature(name, feature) == 1)
		note(check, option, result, remedy,
		     "%s is on: native XDP is refused, or sees merged packets "
		     "when the driver leaves it on", feature);
	else
		note(check, option, FINE, NULL, "%s is off", feature);
}

static void check_vlan_offload(struct check *check, const char *name)
{
	char remedy[64];

	if (ethtool_feature(name, "rx-vlan-hw-parse") != 1)
		return;
	snprintf(remedy, sizeof(remedy), "ethtool -K %s rxvlan off", name);
	for (int i = 0; i < check->cli->realm_count; i++) {
		const struct realm *realm = &check->cli->realms[i];

		if (!realm->vlan || strcmp(realm->interface, name) != 0)
			continue;
		note(check, "rxvlan", OBSTACLE, remedy,
		     "the device takes VLAN tags off before XDP sees them");
		return;
	}
}

static void check_mtu(struct check *check, const char *name, __u32 mtu)
{
	char remedy[64];

	snprintf(remedy, sizeof(remedy), "ip link set dev %s mtu %d", name,
		 1500);
	if (mtu > NATIVE_MTU)
		note(check, "mtu", OBSTACLE, remedy,
		     "MTU %u does not fit one page with native XDP (%d does)",
		     mtu, NATIVE_MTU);
	else
		note(check, "mtu", FINE, NULL, "MTU %u", mtu);
}

/* What is redirected to a veth reaches its peer through NAPI, or not at all. */
static void check_veth(struct check *check, const char *name,
		       const struct ethtool_link *link)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	char driver[32] = "", peer[IF_NAMESIZE] = "", remedy[64];

	if (ethtool_driver(name, driver) || strcmp(driver, "veth") != 0)
		return;
	if (link->peer_elsewhere || !link->peer) {
		note(check, "veth", UNKNOWN,
		     "ethtool -K PEER gro on (in the peer's namespace)",
		     "the veth's peer is elsewhere; it needs GRO or an XDP "
		     "program to receive redirected packets");
		return;
	}
	if_indextoname(link->peer, peer);
	snprintf(remedy, sizeof(remedy), "ethtool -K %s gro on", peer);
	if (ethtool_feature(peer, "rx-gro") == 1 ||
	    (!bpf_xdp_query(link->peer, 0, &query) &&
	     query.attach_mode != XDP_ATTACHED_NONE))
		note(check, "veth", FINE, NULL,
		     "the veth's peer %s can receive redirected packets", peer);
	else
		note(check, "veth", OBSTACLE, remedy,
		     "the veth's peer %s has neither GRO nor an XDP program: "
		     "redirected packets are lost", peer);
}

/* Returns how many receive queues are in use, 0 when nobody knows. */
static __u32 check_queues(struct check *check, const char *name)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	__u32 used, possible, best;
	char remedy[64];

	if (ethtool_queues(name, &used, &possible)) {
		note(check, "queues", UNKNOWN, NULL,
		     "the driver does not tell its queues");
		return 0;
	}
	best = possible < cpus ? possible : cpus;
	snprintf(remedy, sizeof(remedy), "ethtool -L %s combined %u", name,
		 best);
	if (used < best)
		note(check, "queues", WARNING, remedy,
		     "%u receive queues for %ld CPUs, %u are possible", used,
		     cpus, possible);
	else
		note(check, "queues", FINE, NULL,
		     "%u receive queues for %ld CPUs", used, cpus);
	return used;
}

/* By addresses alone, all media between two hosts lands on one CPU. */
static void check_hash(struct check *check, const char *name, bool ipv6)
{
	const char *family = ipv6 ? "udp6" : "udp4";
	int ports = ethtool_hashes_udp_ports(name, ipv6);
	char remedy[64];

	snprintf(remedy, sizeof(remedy), "ethtool -N %s rx-flow-hash %s sdfn",
		 name, family);
	if (ports < 0)
		return;
	if (ports)
		note(check, family, FINE, NULL,
		     "%s is spread over the queues by ports, too", family);
	else
		note(check, family, WARNING, remedy,
		     "%s is spread over the queues by addresses alone", family);
}

static void check_interface(struct check *check, const char *name)
{
	__u32 ifindex = if_nametoindex(name);
	struct ethtool_link link;

	check->subject = name;
	if (!ifindex || ethtool_link(ifindex, &link)) {
		note(check, "interface", OBSTACLE, NULL,
		     "there is no such interface");
		return;
	}
	if (!link.up) {
		char remedy[64];

		snprintf(remedy, sizeof(remedy), "ip link set dev %s up", name);
		note(check, "interface", OBSTACLE, remedy, "it is down");
	}
	check_driver(check, name, ifindex);
	check_attached(check, ifindex);
	check_mtu(check, name, link.mtu);
	check_merging(check, name, "rx-lro", "lro", OBSTACLE);
	check_merging(check, name, "rx-gro-hw", "rx-gro-hw", WARNING);
	check_vlan_offload(check, name);
	check_veth(check, name, &link);
	if (check_queues(check, name) > 1) {
		check_hash(check, name, false);
		check_hash(check, name, true);
	}
}

/* -- the command ------------------------------------------------------------ */

/* Without names and without a gateway: all that is up, but the loopback. */
static void check_all(struct check *check)
{
	struct if_nameindex *names;

	for (int i = 0; i < check->cli->realm_count; i++) {
		const char *name = check->cli->realms[i].interface;
		bool seen = !*name;

		for (int j = 0; j < i && !seen; j++)
			seen = !strcmp(name, check->cli->realms[j].interface);
		if (!seen)
			check_interface(check, name);
	}
	if (check->cli->realm_count)
		return;
	names = if_nameindex();
	for (int i = 0; names && names[i].if_index; i++) {
		struct ethtool_link link;

		if (!ethtool_link(names[i].if_index, &link) && link.up &&
		    strcmp(names[i].if_name, "lo") != 0)
			check_interface(check, names[i].if_name);
	}
	if_freenameindex(names);
}

static const char *member(json_t *of, const char *name)
{
	return json_string_value(json_object_get(of, name));
}

static void print_one(json_t *one)
{
	const char *result = member(one, "result");
	const char *remedy = member(one, "remedy");
	enum style style = !strcmp(result, "ok")      ? GREEN :
			   !strcmp(result, "error")   ? RED :
			   !strcmp(result, "warning") ? YELLOW :
							DIM;

	printf("  %s%-8s%s %s\n", style_on(style), result, style_off(),
	       member(one, "text"));
	if (remedy)
		printf("           %s%s%s\n", style_on(BOLD), remedy,
		       style_off());
}

static int print(struct check *check)
{
	const char *subject = "";
	json_t *one;
	size_t i;

	json_array_foreach(check->list, i, one) {
		if (strcmp(subject, member(one, "subject")) != 0)
			printf("%s%s%s%s\n", i ? "\n" : "", style_on(BOLD),
			       member(one, "subject"), style_off());
		subject = member(one, "subject");
		print_one(one);
	}
	json_decref(check->list);
	return check->failed ? EXIT_FAILED : EXIT_OK;
}

int run_check(struct cli *cli, int argc, char **argv)
{
	struct check check = { .cli = cli, .list = json_array() };

	if (argc > 1 && argv[1][0] == '-')
		return cli_usage("check takes interfaces, not \"%s\"", argv[1]);
	if (!sg_maps_open(&cli->maps, cli->root))
		cli_read_realms(cli);
	check_host(&check);
	for (int i = 1; i < argc; i++)
		check_interface(&check, argv[i]);
	if (argc == 1)
		check_all(&check);
	if (!cli->json)
		return print(&check);
	cli_print_json(json_pack("{s:o}", "checks", check.list));
	return check.failed ? EXIT_FAILED : EXIT_OK;
}
