/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Media: judges the lengths, copies the UDP payload into working memory and
 * tells RTP from RTCP (RFC 5761 4).
 */
#ifndef SRTPGATE_MEDIA_H
#define SRTPGATE_MEDIA_H

#include <linux/udp.h>
#include <bpf/bpf_endian.h>

#include "frame.h"
#include "packet.h"

enum {
	RTP_VERSION = 2,
	RTP_HEADER = 12,	/* without CSRCs, RFC 3550 5.1 */
	RTP_CSRC_MASK = 0x0f,
	RTP_EXTENSION_BIT = 0x10,
	RTP_EXTENSION_HEADER = 4,
	RTCP_HEADER = 8,	/* common header and sender's SSRC */
	RTCP_TYPE_FIRST = 192,	/* RFC 5761 4: second byte, marker included */
	RTCP_TYPE_LAST = 223,
};

static __inline_always __be16 load16(const struct work *work, __u32 offset)
{
	return *(const __be16 *)&work->data[HEADROOM + offset];
}

static __inline_always __be32 load32(const struct work *work, __u32 offset)
{
	return *(const __be32 *)&work->data[HEADROOM + offset];
}

static __inline_always void store32(struct work *work, __u32 offset,
				    __be32 value)
{
	*(__be32 *)&work->data[HEADROOM + offset] = value;
}

static __inline_always int load_payload(struct packet *packet,
					struct work *work, struct xdp_md *ctx,
					struct sg_state *state)
{
	__u32 length = packet->udp_length - (__u32)sizeof(struct udphdr);

	/* Without padding behind it, and fragments, the packet is the frame. */
	packet->frame_length = ctx->data_end - ctx->data;
	if (packet->ip_payload != packet->frame_length - packet->udp_offset)
		packet->frame_length = bpf_xdp_get_buff_len(ctx);
	if (packet->udp_length < sizeof(struct udphdr) ||
	    packet->udp_length > packet->ip_payload ||
	    packet->ip_payload > packet->frame_length - packet->udp_offset)
		return drop_from(state, SG_DROP_BAD_LENGTH);
	if (length > SG_RTP_MAX)
		return drop_from(state, SG_DROP_TOO_LONG);

	packet->length = length;
	length = BOUND(length, SG_RTP_MAX);
	if (length < RTCP_HEADER)
		return drop_from(state, SG_DROP_NOT_RTP);
	if (!frame_read(ctx, work, packet->udp_offset + sizeof(struct udphdr),
			length))
		return drop_from(state, SG_DROP_BAD_LENGTH);
	return CONTINUE;
}

static __inline_always bool is_rtcp(const struct packet *packet,
				    const struct work *work,
				    const struct sg_stream *stream)
{
	__u8 type = work->data[HEADROOM + 1];

	if (packet->destination_port != stream->local.rtp)
		return true;
	return stream->flags & SG_STREAM_RTCP_MUX && type >= RTCP_TYPE_FIRST &&
	       type <= RTCP_TYPE_LAST;
}

/* Bytes up to the payload: fixed header, CSRCs, extension (RFC 3550 5.1). */
static __inline_always int rtp_header(struct packet *packet,
				      const struct work *work,
				      struct sg_state *state)
{
	__u8 first = work->data[HEADROOM];
	__u32 header = RTP_HEADER + 4 * (first & RTP_CSRC_MASK);

	if (first & RTP_EXTENSION_BIT) {
		if (header + RTP_EXTENSION_HEADER > packet->length)
			return drop_from(state, SG_DROP_BAD_HEADER);
		header += RTP_EXTENSION_HEADER +
			  4 * bpf_ntohs(load16(work, header + 2));
	}
	if (header > packet->length)
		return drop_from(state, SG_DROP_BAD_HEADER);
	packet->header = header;
	return CONTINUE;
}

static __inline_always int media(struct packet *packet, struct work *work,
				 struct xdp_md *ctx,
				 const struct sg_stream *stream,
				 struct sg_state *state)
{
	int verdict = load_payload(packet, work, ctx, state);

	if (verdict != CONTINUE)
		return verdict;
	if (work->data[HEADROOM] >> 6 != RTP_VERSION)
		return drop_from(state, SG_DROP_NOT_RTP);

	packet->rtcp = is_rtcp(packet, work, stream);
	if (packet->rtcp) {
		packet->ssrc = bpf_ntohl(load32(work, 4));
		return CONTINUE;
	}
	if (packet->length < RTP_HEADER)
		return drop_from(state, SG_DROP_NOT_RTP);
	packet->sequence = bpf_ntohs(load16(work, 2));
	packet->timestamp = bpf_ntohl(load32(work, 4));
	packet->ssrc = bpf_ntohl(load32(work, 8));
	if (stream->flags & SG_STREAM_OPAQUE)
		return CONTINUE;
	return rtp_header(packet, work, state);
}

#endif /* SRTPGATE_MEDIA_H */
