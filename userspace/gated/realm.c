// SPDX-License-Identifier: GPL-2.0-only
#include "gated/realm.h"

#include <errno.h>
#include <ifaddrs.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/address.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "srtpgate/fastpath.h"

/* FNV-1a folded to 16 bits; 0 and the self-test's number are left out. */
__u16 realm_number(const char *name)
{
	__u32 hash = 2166136261u;

	for (; *name; name++)
		hash = (hash ^ (__u8)*name) * 16777619u;
	return (hash ^ hash >> 16) % (SG_SELFTEST_REALM - 1) + 1;
}

/* Is @device the VLAN device @vlan of @interface? */
static bool is_vlan_device(int fd, const char *device, const char *interface,
			   __u16 vlan)
{
	struct vlan_ioctl_args args = { .cmd = GET_VLAN_VID_CMD };

	snprintf(args.device1, sizeof(args.device1), "%s", device);
	if (ioctl(fd, SIOCGIFVLAN, &args) || args.u.VID != vlan)
		return false;
	args.cmd = GET_VLAN_REALDEV_NAME_CMD;
	return !ioctl(fd, SIOCGIFVLAN, &args) &&
	       !strncmp(args.u.device2, interface, sizeof(args.u.device2));
}

/* Routes leave by the VLAN device, although XDP runs on the one below it. */
static __u32 find_vlan_device(const char *interface, __u16 vlan)
{
	struct if_nameindex *all = if_nameindex();
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	__u32 found = 0;

	for (struct if_nameindex *one = all; one && one->if_index; one++)
		if (is_vlan_device(fd, one->if_name, interface, vlan))
			found = one->if_index;
	close(fd);
	if_freenameindex(all);
	return found;
}

static int find_interfaces(struct realm *realm, struct fault *fault)
{
	realm->ifindex = if_nametoindex(realm->interface);
	if (!realm->ifindex)
		return fault_set(fault, ENODEV,
				 "interface \"%s\" of realm \"%s\" does not "
				 "exist; see ip link",
				 realm->interface, realm->name);
	if (realm->ifindex == SG_LOOPBACK)
		return fault_set(fault, EINVAL,
				 "realm \"%s\" cannot be on the loopback "
				 "interface; name one that leads to a network",
				 realm->name);
	realm->route_ifindex = realm->ifindex;
	if (!realm->vlan)
		return 0;
	realm->route_ifindex = find_vlan_device(realm->interface, realm->vlan);
	if (!realm->route_ifindex)
		return fault_set(fault, ENODEV,
				 "realm \"%s\" needs a VLAN device for VLAN %u "
				 "on \"%s\"; see ip link add type vlan",
				 realm->name, realm->vlan, realm->interface);
	return 0;
}

static bool interface_has(const struct ifaddrs *all, const char *interface,
			  const __be32 address[4])
{
	__be32 found[4];

	for (const struct ifaddrs *one = all; one; one = one->ifa_next)
		if (one->ifa_addr && !strcmp(one->ifa_name, interface) &&
		    !sg_address_from(found, one->ifa_addr) &&
		    sg_address_equal(found, address))
			return true;
	return false;
}

static void check_addresses(const struct realm *realm)
{
	char device[IF_NAMESIZE] = "", text[SG_ADDRESS_TEXT];
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all))
		return;
	if_indextoname(realm->route_ifindex, device);
	for (int i = 0; i < realm->address_count; i++)
		if (!interface_has(all, device, realm->address[i]))
			sg_warning("realm \"%s\": %s is not an address of "
				   "\"%s\", so nobody will send there; see "
				   "ip address add",
				   realm->name,
				   sg_address_format(text, realm->address[i]),
				   device);
	freeifaddrs(all);
}

/*
 * A local program whose socket got one of our ports from the kernel would
 * lose its packets to the data plane.
 */
static void check_ports(const struct realm *realm)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
	unsigned int low, high;

	if (!file)
		return;
	if (fscanf(file, "%u %u", &low, &high) == 2 &&
	    realm->port_min <= high && realm->port_max >= low)
		sg_warning("ports %u to %u of realm \"%s\" overlap the ports "
			   "%u to %u that the kernel gives to other programs; "
			   "set net.ipv4.ip_local_reserved_ports or another "
			   "ip_local_port_range",
			   realm->port_min, realm->port_max, realm->name, low,
			   high);
	fclose(file);
}

int realm_open(struct realm *realm, struct fault *fault)
{
	int err = find_interfaces(realm, fault);

	if (err)
		return err;
	check_addresses(realm);
	check_ports(realm);
	for (int i = 0; i < realm->address_count; i++) {
		realm->ports[i] = ports_new(realm->port_min, realm->port_max);
		if (!realm->ports[i])
			return fault_set(fault, ENOMEM,
					 "no memory for the ports of realm "
					 "\"%s\"",
					 realm->name);
	}
	return 0;
}

void realm_close(struct realm *realm)
{
	for (int i = 0; i < realm->address_count; i++)
		ports_free(realm->ports[i]);
}

int realm_room(struct realm *realm, int index)
{
	__u32 all = realm->port_max - realm->port_min + 1u, used, resting;

	ports_count(realm->ports[index], clock_ms(), &used, &resting);
	if (used + resting + 2 > all)
		return 0;
	return used + resting + 2 <= all / 2 ? 2 : 1;
}

struct ports *realm_ports(struct realm *realm, const __be32 address[4])
{
	for (int i = 0; i < realm->address_count; i++)
		if (sg_address_equal(realm->address[i], address))
			return realm->ports[i];
	return NULL;
}
