// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <sys/mman.h>

#include "frames.h"
#include "peer.h"

static size_t map_size(__u32 count)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return (count * sizeof(struct bench_frame) + page - 1) / page * page;
}

struct bench_frame *frames_map(int map_fd, __u32 count)
{
	void *frames = mmap(NULL, map_size(count), PROT_READ | PROT_WRITE,
			    MAP_SHARED, map_fd, 0);

	return frames == MAP_FAILED ? NULL : frames;
}

void frames_unmap(struct bench_frame *frames, __u32 count)
{
	munmap(frames, map_size(count));
}

__u32 frame_rtp(__u8 *rtp, __u64 index, __u32 payload)
{
	__u16 seq = index;
	__be32 word[3] = {
		htonl(0x80080000 | seq),	/* version 2, PCMA */
		htonl((__u32)index * 160),
		htonl(PEER_SSRC),
	};

	memcpy(rtp, word, sizeof(word));
	for (__u32 i = 0; i < payload; i += 8) {
		__u64 bytes = bench_word(seq, i / 8);

		memcpy(rtp + sizeof(word) + i, &bytes,
		       payload - i < 8 ? payload - i : 8);
	}
	return sizeof(word) + payload;
}

static __u16 ip_checksum(const struct iphdr *ip)
{
	const __u8 *at = (const void *)ip;
	__u32 sum = 0;

	for (size_t i = 0; i < sizeof(*ip); i += 2)
		sum += at[i] << 8 | at[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return htons(~sum);
}

void frame_wrap(struct bench_frame *frame, const struct frame_link *link,
		__u32 length)
{
	struct ethhdr eth = { .h_proto = htons(ETH_P_IP) };
	struct iphdr ip = {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(BENCH_RTP - ETH_HLEN + length),
		.ttl = 64,
		.protocol = IPPROTO_UDP,
		.saddr = link->from,
		.daddr = link->to,
	};
	struct udphdr udp = {
		.source = htons(BENCH_REMOTE_PORT),
		.dest = htons(BENCH_LOCAL_PORT),
		.len = htons(sizeof(udp) + length),
	};

	memcpy(eth.h_source, link->from_mac, ETH_ALEN);
	memcpy(eth.h_dest, link->to_mac, ETH_ALEN);
	ip.check = ip_checksum(&ip);
	memcpy(frame->bytes, &eth, sizeof(eth));
	memcpy(frame->bytes + ETH_HLEN, &ip, sizeof(ip));
	memcpy(frame->bytes + BENCH_UDP, &udp, sizeof(udp));
	frame->length = BENCH_RTP + length;
}
