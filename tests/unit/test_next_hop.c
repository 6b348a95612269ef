// SPDX-License-Identifier: GPL-2.0-only
/*
 * Next hops against the kernel's own routing, in a network namespace of
 * their own: "near" is the gateway, "far" the neighbour, joined by two
 * Ethernet pairs, and a VLAN on the first where the kernel knows VLANs.
 */
#include <bpf/bpf.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <netlink/msg.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void look(void);

/* Every store to the map is seen by look(), as a reader might see it. */
#define __atomic_store_n(word, value, order)                                   \
	do {                                                                   \
		*(volatile __typeof__(word))(word) = (value);                  \
		look();                                                        \
	} while (0)

#include "../../userspace/gated/next_hop/next_hop_slot.c"
#undef __atomic_store_n
#include "../../userspace/gated/next_hop/next_hop_kernel.c"
#include "../lib/ktap.h"
#include "lib/address.h"

enum { SIZE = 100000 + SG_RESERVED_SLOTS, DEADLINE_MS = 10000 };

static const __u8 far_a[6] = { 2, 0, 0, 0, 0, 0xa2 };
static const __u8 far_b[6] = { 2, 0, 0, 0, 0, 0xb2 };
static const __u8 far_new[6] = { 2, 0, 0, 0, 0, 0xc2 };
static const __u8 near_a[6] = { 2, 0, 0, 0, 0, 0xa1 };
static const __u8 near_b[6] = { 2, 0, 0, 0, 0, 0xb1 };

static struct event_base *base;
static struct next_hops *table;
static int slots_fd, devices_fd;
static pid_t far_pid;
static __u32 ifindex_a = 1001, ifindex_b = 1002;

static const struct sg_next_hop *watched;
static int looks, mixed;

/* -- the ground ------------------------------------------------------------- */

static bool run(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

static bool run(const char *format, ...)
{
	char command[512];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command) == 0)
		return true;
	ktap_note("failed: %s", command);
	return false;
}

static bool far_run(const char *command)
{
	return run("nsenter -t %d -n sh -c '%s'", far_pid, command);
}

static pid_t far_namespace(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static bool set_up(void)
{
	if (unshare(CLONE_NEWNET))
		return false;
	far_pid = far_namespace();
	return far_pid > 0 &&
	       run("ip link add name a index 1001 type veth peer name fa netns %d",
		   far_pid) &&
	       run("ip link add name b index 1002 type veth peer name fb netns %d",
		   far_pid) &&
	       run("ip link set dev a address 02:00:00:00:00:a1 mtu 1400 up") &&
	       run("ip link set dev b address 02:00:00:00:00:b1 up") &&
	       run("ip link set lo up; "
		   "sysctl -qw net.ipv4.neigh.a.delay_first_probe_time=1") &&
	       run("ip addr add 10.9.0.1/24 dev a; ip addr add 10.8.0.1/24 dev b;"
		   "ip addr add 2001:db8::1/64 dev a nodad") &&
	       far_run("ip link set fa address 02:00:00:00:00:a2 mtu 1400 up;"
		       "ip link set fb address 02:00:00:00:00:b2 up;"
		       "ip addr add 10.9.0.2/24 dev fa;"
		       "ip addr add 10.8.0.2/24 dev fb;"
		       "ip addr add 2001:db8::2/64 dev fa nodad") &&
	       run("ip route add 198.51.100.0/24 via 10.9.0.2") &&
	       run("ip route add 100.64.0.0/10 via 10.9.0.2 mtu 1280");
}

static bool make_maps(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, options,
		    .map_flags = BPF_F_MMAPABLE);

	slots_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "next_hops", 4,
				  sizeof(struct sg_next_hop), SIZE, &options);
	devices_fd = bpf_map_create(BPF_MAP_TYPE_DEVMAP_HASH, "devices", 4, 4,
				    16, NULL);
	return slots_fd >= 0 && devices_fd >= 0;
}

static __u64 now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* Runs the event loop until @condition of @slot, or the deadline. */
static bool reach(bool (*condition)(__u32 slot), __u32 slot)
{
	const struct timeval turn = { .tv_usec = 10000 };
	__u64 end = now_ms() + DEADLINE_MS;

	while (!condition(slot)) {
		if (now_ms() > end)
			return false;
		event_base_loopexit(base, &turn);
		event_base_loop(base, EVLOOP_ONCE);
	}
	return true;
}

static __u32 get(const char *text, __u32 ifindex)
{
	__be32 address[4];
	__u32 slot = 0;

	if (sg_address_parse(address, text) ||
	    next_hop_get(table, address, ifindex, &slot))
		ktap_note("no slot for %s", text);
	return slot;
}

static const struct sg_next_hop *at(__u32 slot)
{
	return &table->slots[slot];
}

static bool sent_to(__u32 slot, const __u8 mac[6], const __u8 source[6],
		    __u32 ifindex, int vlan, int mtu)
{
	const struct sg_next_hop *hop = at(slot);

	if (hop->state == SG_NEXT_HOP_REACHABLE &&
	    !memcmp(hop->destination, mac, 6) &&
	    !memcmp(hop->source, source, 6) && hop->ifindex == ifindex &&
	    hop->vlan == vlan && hop->mtu == mtu)
		return true;
	return false;
}

static bool is_reachable(__u32 slot)
{
	return at(slot)->state == SG_NEXT_HOP_REACHABLE;
}

static bool is_incomplete(__u32 slot)
{
	return at(slot)->state == SG_NEXT_HOP_INCOMPLETE;
}

static bool is_none(__u32 slot)
{
	return at(slot)->state == SG_NEXT_HOP_NONE;
}

static bool is_unreachable(__u32 slot)
{
	return !is_reachable(slot);
}

static bool is_listening(__u32 slot)
{
	return !at(slot)->used;
}

static bool is_by_a(__u32 slot)
{
	return sent_to(slot, far_a, near_a, ifindex_a, 0, 1400);
}

static bool is_by_b(__u32 slot)
{
	return sent_to(slot, far_b, near_b, ifindex_b, 0, 1500);
}

static bool is_by_vlan(__u32 slot)
{
	return sent_to(slot, far_a, near_a, ifindex_a, 100, 1300);
}

static bool is_by_route_mtu(__u32 slot)
{
	return sent_to(slot, far_a, near_a, ifindex_a, 0, 1280);
}

static bool is_new_mac(__u32 slot)
{
	return sent_to(slot, far_new, near_a, ifindex_a, 0, 1400);
}

static bool is_by_b_as_a(__u32 slot)
{
	return sent_to(slot, far_a, near_b, ifindex_b, 0, 1500);
}

/* -- the tests -------------------------------------------------------------- */

static void test_resolve(void)
{
	__u32 v4 = get("10.9.0.2", 0), v6 = get("2001:db8::2", 0);
	__u32 far = get("198.51.100.7", 0);
	__u32 mtu = get("100.64.0.1", 0), value = 0;

	ktap(reach(is_by_a, v4), "IPv4 neighbour: addresses, interface, MTU");
	ktap(reach(is_by_a, v6), "IPv6 neighbour");
	ktap(reach(is_by_a, far), "behind a gateway: the gateway's address");
	ktap(reach(is_by_route_mtu, mtu), "the route's MTU when it is smaller");
	ktap(!bpf_map_lookup_elem(devices_fd, &ifindex_a, &value) &&
		     value == ifindex_a,
	     "outgoing interface is in the devmap");
	ktap(v4 >= SG_RESERVED_SLOTS, "reserved slots are left alone");
	next_hop_put(table, v6);
	next_hop_put(table, mtu);
}

static void test_vlan(void)
{
	const char *name = "VLAN device: its parent and the tag";
	__u32 slot;

	if (system("ip link add link a name a.100 mtu 1300 type vlan id 100 "
		   "2>/dev/null")) {
		ktap_skip("kernel without 802.1Q devices", "%s", name);
		return;
	}
	run("ip link set a.100 up; ip addr add 10.7.0.1/24 dev a.100");
	far_run("ip link add link fa name fa.100 type vlan id 100;"
		"ip link set fa.100 up; ip addr add 10.7.0.2/24 dev fa.100");
	slot = get("10.7.0.2", 0);
	ktap(reach(is_by_vlan, slot), "%s", name);
	next_hop_put(table, slot);
	run("ip link del a.100");
}

/* The kernel's description of a VLAN device, where it cannot be had. */
static struct nl_msg *vlan_message(__u16 protocol)
{
	struct ifinfomsg header = {
		.ifi_index = 1100,
		.ifi_type = ARPHRD_ETHER,
		.ifi_flags = IFF_UP | IFF_RUNNING,
	};
	struct nl_msg *msg = nlmsg_alloc_simple(RTM_NEWLINK, 0);
	struct nlattr *info, *data;

	nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO);
	nla_put(msg, IFLA_ADDRESS, sizeof(near_a), near_a);
	nla_put_u32(msg, IFLA_MTU, 1300);
	nla_put_u32(msg, IFLA_LINK, ifindex_a);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "vlan");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	nla_put_u16(msg, IFLA_VLAN_PROTOCOL, htons(protocol));
	nla_put_u16(msg, IFLA_VLAN_ID, 100);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return msg;
}

static void test_vlan_message(void)
{
	struct rt_neighbour near = { .ifindex = 1100, .has_mac = true,
				     .state = NUD_PERMANENT };
	struct nl_msg *msg = vlan_message(ETH_P_8021Q);
	struct rt_link link;
	__u32 slot = get("10.9.0.2", 0);

	reach(is_by_a, slot);
	on_message(nlmsg_hdr(msg), table);
	nlmsg_free(msg);
	sg_address_parse(near.address, "10.7.0.2");
	memcpy(near.mac, far_a, sizeof(near.mac));
	hop_attach(table, &table->hops[slot], near.address, 1100);
	hop_neighbour_update(table, &near);
	ktap(is_by_vlan(slot), "VLAN device as described: parent and tag");
	msg = vlan_message(ETH_P_8021AD);
	ktap(!rtnetlink_parse_link(nlmsg_hdr(msg), &link) && !link.usable,
	     "802.1ad tags are not written");
	nlmsg_hdr(msg)->nlmsg_type = RTM_DELLINK;
	on_message(nlmsg_hdr(msg), table);
	nlmsg_free(msg);
	ktap(is_incomplete(slot), "the device is gone: not reachable");
	ktap(reach(is_by_a, slot), "and routed anew");
	next_hop_put(table, slot);
}

static void test_references(void)
{
	__u32 first = get("10.9.0.2", 0), bound = get("10.9.0.2", ifindex_b);
	__u32 used, unresolved, gone = get("2001:db8::2", 0);

	ktap(first == get("10.9.0.2", 0), "one address, one slot");
	ktap(first != bound, "another interface, another slot");
	ktap(reach(is_incomplete, bound),
	     "an address that is not on the interface stays unresolved");
	next_hops_count(table, &used, &unresolved);
	ktap(used == 4 && unresolved == 1, "count: %u used, %u unresolved",
	     used, unresolved);
	next_hop_put(table, bound);
	next_hop_put(table, gone);
	ktap(is_reachable(gone), "a slot outlives its last reference");
	ktap(reach(is_none, gone), "and is cleared after the grace time");
	ktap(is_reachable(first), "others are not");
}

static void test_late_neighbour(void)
{
	__u32 slot = get("10.9.0.77", 0);

	ktap(reach(is_incomplete, slot), "nobody answers: incomplete");
	table->slots[slot].used = 1; /* as the program does */
	ktap(reach(is_listening, slot), "packets may ask again");
	far_run("ip addr add 10.9.0.77/24 dev fa");
	next_hop_wanted(table, slot);
	ktap(reach(is_by_a, slot), "resolved when somebody does");
	next_hop_put(table, slot);
}

/* What the kernel thinks of far_a; entries in use must not stay stale. */
static bool is_confirmed(__u32 slot)
{
	(void)slot;
	return system("ip neigh show 10.9.0.2 dev a nud reachable | grep -q .")
		== 0;
}

static void test_confirm(void)
{
	__u32 slot = get("10.9.0.2", 0);

	reach(is_by_a, slot);
	run("ip neigh change 10.9.0.2 lladdr 02:00:00:00:00:a2 dev a "
	    "nud stale");
	ktap(reach(is_confirmed, slot), "stale entries in use are confirmed");
	ktap(is_by_a(slot), "and used meanwhile");
	next_hop_put(table, slot);
}

static void test_mac_change(void)
{
	__u32 slot = get("198.51.100.7", 0);

	far_run("ip link set fa address 02:00:00:00:00:c2");
	run("ip neigh change 10.9.0.2 lladdr 02:00:00:00:00:c2 dev a "
	    "nud stale");
	ktap(reach(is_new_mac, slot), "a changed link-layer address is taken");
	run("ip neigh flush dev a");
	ktap(reach(is_new_mac, slot), "flushed entries are resolved again");
	far_run("ip link set fa address 02:00:00:00:00:a2");
	run("ip neigh flush dev a");
	ktap(reach(is_by_a, slot), "to what the neighbour has now");
	next_hop_put(table, slot);
}

static void test_routes(void)
{
	__u32 slot = get("198.51.100.7", 0), local = get("10.9.0.1", 0);

	run("ip route replace 198.51.100.0/24 via 10.8.0.2");
	ktap(reach(is_by_b, slot), "gateway on another interface");
	run("ip route add 198.51.100.7/32 via 10.9.0.2");
	ktap(reach(is_by_a, slot), "a more specific route wins");
	run("ip route del 198.51.100.7/32");
	ktap(reach(is_by_b, slot), "and is undone");
	run("ip route replace blackhole 198.51.100.0/24");
	ktap(reach(is_none, slot), "blackhole: no next hop");
	run("ip route replace 198.51.100.0/24 via 10.9.0.2");
	ktap(reach(is_by_a, slot), "and back");
	ktap(reach(is_none, local), "an address of this host: no next hop");
	next_hop_put(table, slot);
	next_hop_put(table, local);
}

static void test_links(void)
{
	__u32 slot = get("10.8.0.2", 0);

	ktap(reach(is_by_b, slot), "up");
	far_run("ip link set fb down");
	ktap(reach(is_unreachable, slot), "no carrier: not reachable");
	far_run("ip link set fb up");
	ktap(reach(is_by_b, slot), "carrier is back");
	run("ip link set dev b down");
	ktap(reach(is_unreachable, slot), "down: not reachable");
	run("ip link set dev b up");
	ktap(reach(is_by_b, slot), "up again");
	next_hop_put(table, slot);
}

static bool is_counted(__u32 slot)
{
	__u32 used, unresolved;

	(void)slot;
	next_hops_count(table, &used, &unresolved);
	return used && !unresolved;
}

/* A restarted daemon must not interrupt what the former one had resolved. */
static void test_adopt(void)
{
	__u32 slot = get("198.51.100.7", 0), other = get("10.9.0.2", 0);
	__u32 lapses = 0;
	__be32 address[4], wrong[4];
	__u64 end;

	reach(is_by_a, slot);
	next_hops_close(table);
	if (next_hops_open(&table, base, slots_fd, SIZE, devices_fd))
		ktap_bail_out("cannot open the table again");
	sg_address_parse(address, "198.51.100.7");
	sg_address_parse(wrong, "198.51.100.8");
	ktap(!next_hop_adopt(table, address, 0, slot), "slot adopted");
	ktap(next_hop_adopt(table, wrong, 0, slot) == -EBUSY,
	     "not for a second address");
	ktap(get("198.51.100.7", 0) == slot, "found again by its address");
	ktap(get("198.51.100.9", 0) != slot, "not given to another");
	for (end = now_ms() + 300; now_ms() < end; lapses += !is_by_a(slot))
		event_base_loop(base, EVLOOP_NONBLOCK);
	ktap(!lapses, "reachable throughout");
	ktap(reach(is_counted, 0), "and counted as resolved");
	(void)other;
}

/* -- what a reader can see ---------------------------------------------------- */

/* Looks at the watched slot after each single store. */
static void look(void)
{
	const struct sg_next_hop *hop = watched;

	if (!hop || hop->state != SG_NEXT_HOP_REACHABLE)
		return;
	looks++;
	if (memcmp(hop->destination, hop->ifindex == ifindex_a ? far_a : far_b,
		   sizeof(far_a)) != 0 ||
	    memcmp(hop->source, hop->ifindex == ifindex_a ? near_a : near_b,
		   sizeof(near_a)) != 0)
		mixed++;
}

static void test_order(void)
{
	__u32 slot = get("198.51.100.7", 0);

	reach(is_by_a, slot);
	watched = at(slot);
	run("ip route replace 198.51.100.0/24 via 10.8.0.2");
	ktap(reach(is_by_b, slot), "to another interface");
	run("ip route replace 198.51.100.0/24 via 10.9.0.2");
	ktap(reach(is_by_a, slot), "and back");
	watched = NULL;
	ktap(looks >= 2 && !mixed,
	     "at no store REACHABLE with another interface's addresses");
	next_hop_put(table, slot);
}

/* -- overrun and size --------------------------------------------------------- */

static void test_overrun(void)
{
	__u32 slot = get("10.9.0.2", 0);
	int small = 2048, before = 0, now = 0;
	socklen_t size = sizeof(now);

	reach(is_by_a, slot);
	getsockopt(nl_socket_get_fd(table->kernel.sock), SOL_SOCKET, SO_RCVBUF,
		   &before, &size);
	setsockopt(nl_socket_get_fd(table->kernel.sock), SOL_SOCKET, SO_RCVBUF,
		   &small, sizeof(small));
	far_run("ip link set fa address 02:00:00:00:00:c2");
	run("for i in $(seq 10 200); do echo neigh replace 10.8.0.$i lladdr "
	    "02:00:00:00:01:00 dev b; done | ip -batch -");
	run("ip neigh change 10.9.0.2 lladdr 02:00:00:00:00:c2 dev a");
	ktap(reach(is_new_mac, slot), "changes missed in an overrun are found");
	getsockopt(nl_socket_get_fd(table->kernel.sock), SOL_SOCKET, SO_RCVBUF,
		   &now, &size);
	ktap(before > small && now == before, "by a new socket");
	far_run("ip link set fa address 02:00:00:00:00:a2");
	run("ip neigh change 10.9.0.2 lladdr 02:00:00:00:00:a2 dev a");
	reach(is_by_a, slot);
}

static void test_size(void)
{
	__be32 address[4];
	__u32 slot = 0, count = 0;
	__u64 start = now_ms();
	int err;

	sg_address_parse(address, "100.64.0.0");
	do {
		address[3] = htonl((100U << 24 | 64U << 16) + count);
		err = next_hop_get(table, address, 0, &slot);
	} while (!err && ++count < 2 * SIZE);
	ktap(err == -ENOSPC && count > SIZE - 100, "%u slots, then no more",
	     count);
	ktap(reach(is_counted, 0), "all are resolved");
	ktap_note("%u next hops in %llu ms", count, now_ms() - start);
	start = now_ms();
	run("ip route replace 100.64.0.0/10 via 10.8.0.2");
	ktap(reach(is_by_b, slot), "one gateway change moves the last of them");
	ktap_note("in %llu ms", now_ms() - start);
	start = now_ms();
	run("ip neigh change 10.8.0.2 lladdr 02:00:00:00:00:a2 dev b "
	    "nud permanent");
	ktap(reach(is_by_b_as_a, slot), "and so does one neighbour event");
	ktap_note("in %llu ms", now_ms() - start);
}

int main(void)
{
	if (geteuid() != 0) {
		ktap_skip("needs root", "next hops");
		return ktap_finish();
	}
	if (!set_up())
		ktap_bail_out("cannot make network namespaces with ip(8)");
	if (!make_maps())
		ktap_bail_out("cannot make BPF maps: %s", strerror(errno));
	base = event_base_new();
	if (!base || next_hops_open(&table, base, slots_fd, SIZE, devices_fd))
		ktap_bail_out("cannot open the table");
	test_resolve();
	test_vlan();
	test_vlan_message();
	test_references();
	test_late_neighbour();
	test_confirm();
	test_mac_change();
	test_routes();
	test_links();
	test_adopt();
	test_order();
	test_overrun();
	test_size();
	next_hops_close(table);
	event_base_free(base);
	kill(far_pid, SIGKILL);
	waitpid(far_pid, NULL, 0);
	return ktap_finish();
}
