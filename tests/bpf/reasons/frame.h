/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets whose lengths or headers are wrong: parse.h and media.h. */
#ifndef SRTPGATE_TEST_REASONS_FRAME_H
#define SRTPGATE_TEST_REASONS_FRAME_H

#include "stage.h"

static void udp_longer_than_ip(void)
{
	srtp_frame(false);
	put16(frame + UDP4 + 4, size - UDP4 + 1);
	run();
}

static void udp_length_7(void)
{
	srtp_frame(false);
	put16(frame + UDP4 + 4, 7);
	run();
}

static void udp_length_0_ipv6(void)
{
	srtp_frame(true);
	put16(frame + UDP6 + 4, 0);
	run();
}

static void ip_longer_than_frame(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 2, size - ETHER + 1);
	frame_fix_ipv4(frame);
	run();
}

static void ip_total_length_0(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 2, 0);
	frame_fix_ipv4(frame);
	run();
}

static void ip_total_length_19(void)
{
	srtp_frame(false);
	put16(frame + ETHER + 2, IPV4 - 1);
	frame_fix_ipv4(frame);
	run();
}

static void ipv6_longer_than_frame(void)
{
	srtp_frame(true);
	put16(frame + ETHER + 4, size - UDP6 + 1);
	run();
}

static void ipv6_jumbogram(void)
{
	srtp_frame(true);
	put16(frame + ETHER + 4, 0);
	run();
}

static void cut_by_one_byte(void)
{
	srtp_frame(false);
	size--;
	run();
}

static void one_byte_too_long(void)
{
	stage(PLAIN, PLAIN);
	build_rtp(SSRC, 1);
	length = SG_RTP_MAX + 1;
	send_rtp();
}

static void too_long_to_seal(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1);
	length = SG_RTP_MAX;
	send_rtp();
}

static void too_long_for_one_page(void)
{
	stage(PLAIN, PLAIN);
	build_rtp(SSRC, 1);
	length = 3900;
	send_rtp();
}

static void no_payload(void)
{
	stage(E80, PLAIN);
	length = 0;
	send_rtp();
}

static void rtp_of_11_bytes(void)
{
	stage(PLAIN, PLAIN);
	build_rtp(SSRC, 1);
	length = RTP_HEADER - 1;
	send_rtp();
}

static void rtcp_of_7_bytes(void)
{
	stage(PLAIN, PLAIN);
	length = rtcp_build(payload, SSRC, 1, 0);
	length = RTCP_HEADER - 1;
	send_rtcp();
}

static void version_1(void)
{
	stage(E80, PLAIN);
	build_srtp(SSRC, 1);
	payload[0] = 1 << 6 | (payload[0] & 63);
	send_rtp();
}

static void stun(void)
{
	stage(E80, PLAIN);
	length = 20;
	memset(payload, 0, length);
	payload[1] = 1; /* binding request, RFC 5389 */
	send_rtp();
}

static void csrcs_beyond_the_end(void)
{
	stage(E80, PLAIN);
	build_rtp(SSRC, 1);
	payload[0] |= 15;
	length = RTP_HEADER + 4 * 15 - 1;
	send_rtp();
}

static void extension_header_cut(void)
{
	stage(E80, PLAIN);
	build_rtp(SSRC, 1);
	payload[0] |= 1 << 4;
	length = RTP_HEADER + 3;
	send_rtp();
}

static void extension_of_65535_words(void)
{
	stage(PLAIN, E80);
	build_rtp(SSRC, 1);
	payload[0] |= 1 << 4;
	put16(payload + RTP_HEADER + 2, 65535);
	send_rtp();
}

static void no_room_for_the_tag(void)
{
	stage(E80, PLAIN);
	build_rtp(SSRC, 1);
	length = RTP_HEADER + 9;
	send_rtp();
}

static void no_room_for_the_rtcp_trailer(void)
{
	stage(E32, PLAIN);
	length = rtcp_build(payload, SSRC, 4, 0);
	length = RTCP_HEADER + 4 + 9;
	send_rtcp();
}

#define REASONS_FRAME(DROP)						\
	DROP(BAD_LENGTH, CHARGED, udp_longer_than_ip)			\
	DROP(BAD_LENGTH, CHARGED, udp_length_7)				\
	DROP(BAD_LENGTH, CHARGED, udp_length_0_ipv6)			\
	DROP(BAD_LENGTH, CHARGED, ip_longer_than_frame)			\
	DROP(BAD_LENGTH, CHARGED, ip_total_length_0)			\
	DROP(BAD_LENGTH, CHARGED, ip_total_length_19)			\
	DROP(BAD_LENGTH, CHARGED, ipv6_longer_than_frame)		\
	DROP(BAD_LENGTH, CHARGED, ipv6_jumbogram)			\
	DROP(BAD_LENGTH, CHARGED, cut_by_one_byte)			\
	DROP(TOO_LONG, CHARGED, one_byte_too_long)			\
	DROP(TOO_LONG, CHARGED, too_long_to_seal)			\
	DROP(TOO_LONG, CHARGED, too_long_for_one_page)			\
	DROP(NOT_RTP, CHARGED, no_payload)				\
	DROP(NOT_RTP, CHARGED, rtp_of_11_bytes)				\
	DROP(NOT_RTP, CHARGED, rtcp_of_7_bytes)				\
	DROP(NOT_RTP, CHARGED, version_1)				\
	DROP(NOT_RTP, CHARGED, stun)					\
	DROP(BAD_HEADER, CHARGED, csrcs_beyond_the_end)			\
	DROP(BAD_HEADER, CHARGED, extension_header_cut)			\
	DROP(BAD_HEADER, CHARGED, extension_of_65535_words)		\
	DROP(BAD_HEADER, CHARGED, no_room_for_the_tag)			\
	DROP(BAD_HEADER, CHARGED, no_room_for_the_rtcp_trailer)

#endif /* SRTPGATE_TEST_REASONS_FRAME_H */
