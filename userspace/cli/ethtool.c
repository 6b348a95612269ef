// SPDX-License-Identifier: GPL-2.0-only
#include "cli/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/genetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* linux/netdev.h, which Debian 12's headers do not have yet. */
enum { NETDEV_CMD_DEV_GET = 1, NETDEV_A_IFINDEX = 1, NETDEV_A_XDP_FEATURES = 3 };

static int call(const char *name, void *command)
{
	struct ifreq request = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	err = ioctl(fd, SIOCETHTOOL, &request) < 0 ? -errno : 0;
	close(fd);
	return err;
}

int ethtool_driver(const char *name, char driver[32])
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	int err = call(name, &info);

	if (!err)
		memcpy(driver, info.driver, sizeof(info.driver));
	driver[31] = '\0';
	return err;
}

static int feature_count(const char *name)
{
	struct {
		struct ethtool_sset_info info;
		__u32 size;
	} sset = { .info = { .cmd = ETHTOOL_GSSET_INFO,
			     .sset_mask = 1ULL << ETH_SS_FEATURES } };
	int err = call(name, &sset);

	return err ? err : (int)sset.size;
}

static int feature_number(const char *name, const char *feature, int count)
{
	struct ethtool_gstrings *strings =
		calloc(1, sizeof(*strings) + count * ETH_GSTRING_LEN);
	int err = -ENOMEM, found = -ENOENT;

	if (!strings)
		return err;
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = count;
	err = call(name, strings);
	for (int i = 0; !err && found < 0 && i < count; i++)
		if (!strncmp((char *)strings->data + i * ETH_GSTRING_LEN,
			     feature, ETH_GSTRING_LEN))
			found = i;
	free(strings);
	return err ? err : found;
}

int ethtool_feature(const char *name, const char *feature)
{
	struct ethtool_gfeatures *features;
	int count = feature_count(name), number, on;

	if (count < 0)
		return count;
	number = feature_number(name, feature, count);
	if (number < 0)
		return number;
	features = calloc(1, sizeof(*features) +
				     (count + 31) / 32 *
					     sizeof(features->features[0]));
	if (!features)
		return -ENOMEM;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = (count + 31) / 32;
	on = call(name, features);
	if (!on)
		on = features->features[number / 32].active >>
			     (number % 32) & 1;
	free(features);
	return on;
}

int ethtool_queues(const char *name, __u32 *used, __u32 *possible)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	int err = call(name, &channels);

	*used = channels.combined_count + channels.rx_count;
	*possible = channels.max_combined ? channels.max_combined :
					    channels.max_rx;
	return err;
}

int ethtool_hashes_udp_ports(const char *name, bool ipv6)
{
	struct ethtool_rxnfc rule = {
		.cmd = ETHTOOL_GRXFH,
		.flow_type = ipv6 ? UDP_V6_FLOW : UDP_V4_FLOW,
	};
	int err = call(name, &rule);

	if (err)
		return err;
	return (rule.data & RXH_L4_B_0_1) && (rule.data & RXH_L4_B_2_3);
}

/* -- netlink ---------------------------------------------------------------- */

static struct nl_msg *generic(int family, __u8 command)
{
	struct genlmsghdr header = { .cmd = command, .version = 1 };
	struct nl_msg *msg = nlmsg_alloc_simple(family, NLM_F_REQUEST);

	if (msg)
		nlmsg_append(msg, &header, sizeof(header), NLMSG_ALIGNTO);
	return msg;
}

struct answer {
	int type;		/* of the attribute looked for */
	__u64 value;
	int found;
};

static int on_answer(struct nl_msg *msg, void *arg)
{
	struct answer *answer = arg;
	struct nlattr *attr[32];

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(struct genlmsghdr), attr, 31,
			NULL) || !attr[answer->type])
		return NL_OK;
	answer->found = 1;
	answer->value = nla_len(attr[answer->type]) >= 8 ?
				nla_get_u64(attr[answer->type]) :
				nla_get_u16(attr[answer->type]);
	return NL_OK;
}

/* Sends @msg and looks for one attribute in the answer. */
static int ask(struct nl_sock *sock, struct nl_msg *msg, struct answer *answer)
{
	int err = nl_send_auto(sock, msg);

	nlmsg_free(msg);
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, on_answer, answer);
	if (err < 0 || nl_recvmsgs_default(sock) < 0 || !answer->found)
		return -EOPNOTSUPP;
	return 0;
}

static int netdev_family(struct nl_sock *sock)
{
	struct answer answer = { .type = CTRL_ATTR_FAMILY_ID };
	struct nl_msg *msg = generic(GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	int err;

	if (!msg)
		return -ENOMEM;
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, "netdev");
	err = ask(sock, msg, &answer);
	return err ? err : (int)answer.value;
}

int ethtool_xdp_features(__u32 ifindex, __u64 *features)
{
	struct answer answer = { .type = NETDEV_A_XDP_FEATURES };
	struct nl_sock *sock = nl_socket_alloc();
	int family = -ENOMEM, err = -ENOMEM;
	struct nl_msg *msg;

	if (!sock)
		return err;
	nl_socket_disable_auto_ack(sock);
	err = nl_connect(sock, NETLINK_GENERIC) ? -EOPNOTSUPP : 0;
	if (!err)
		err = family = netdev_family(sock);
	if (family >= 0) {
		msg = generic(family, NETDEV_CMD_DEV_GET);
		nla_put_u32(msg, NETDEV_A_IFINDEX, ifindex);
		err = ask(sock, msg, &answer);
		*features = answer.value;
	}
	nl_socket_free(sock);
	return err;
}

int ethtool_link(__u32 ifindex, struct ethtool_link *link)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct rtnl_link *found = NULL;
	int netns, err = -ENODEV;

	memset(link, 0, sizeof(*link));
	if (!sock)
		return -ENOMEM;
	if (!nl_connect(sock, NETLINK_ROUTE) &&
	    !rtnl_link_get_kernel(sock, ifindex, NULL, &found)) {
		link->mtu = rtnl_link_get_mtu(found);
		link->up = rtnl_link_get_flags(found) & IFF_UP;
		link->peer = rtnl_link_get_link(found);
		link->peer_elsewhere =
			!rtnl_link_get_link_netnsid(found, &netns);
		rtnl_link_put(found);
		err = 0;
	}
	nl_socket_free(sock);
	return err;
}
