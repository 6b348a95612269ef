/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet was dropped, or left to the kernel.
 *
 * A reason's number and name are both contract: the number indexes the
 * pinned per-CPU counters, the name is what `srtpgate drop-reasons` and
 * the metrics print. Neither is ever reused; new reasons go to the end.
 *
 * X(symbol, name, what happened, for people)
 */
#ifndef SRTPGATE_REASONS_H
#define SRTPGATE_REASONS_H

/* Packets of ours that leave nowhere: XDP_DROP. */
#define SG_DROP_REASONS(X)                                                     \
	X(NONE, "none", "not a drop; number 0 stays unused")                   \
	X(BAD_LENGTH, "bad-length",                                            \
	  "IP or UDP length disagrees with the frame")                         \
	X(TOO_LONG, "too-long", "datagram longer than the data plane carries") \
	X(NOT_RTP, "not-rtp",                                                  \
	  "too short for, or not version 2 of, RTP or RTCP")                   \
	X(BAD_HEADER, "bad-header",                                            \
	  "CSRC list, header extension or SRTP trailer exceeds the packet")    \
	X(GATE_CLOSED, "gate-closed",                                          \
	  "the gate is closed, or the port is not connected yet")              \
	X(SOURCE_MISMATCH, "source-mismatch",                                  \
	  "sender is none that the termination admits")                        \
	X(POLICED, "policed", "above the stream's permitted rate")             \
	X(REPLAYED, "replayed", "index was received before (RFC 3711 3.3.2)")  \
	X(TOO_OLD, "too-old", "index is behind the replay window")             \
	X(AUTH_FAILED, "auth-failed", "authentication tag is wrong")           \
	X(NO_KEY, "no-key", "no key of the stream has the packet's MKI")       \
	X(NOT_ENCRYPTED, "not-encrypted",                                      \
	  "SRTCP without the E bit where encryption is required")              \
	X(KEY_EXHAUSTED, "key-exhausted",                                      \
	  "2^48 SRTP or 2^31 SRTCP packets under one key (RFC 3711 9.2)")      \
	X(SEAL_DUPLICATE, "seal-duplicate",                                    \
	  "index was encrypted before; never done twice")                      \
	X(SEAL_TOO_OLD, "seal-too-old",                                        \
	  "too far behind to know whether it was encrypted before")            \
	X(SSRC_LIMIT, "ssrc-limit",                                            \
	  "more SSRCs than the stream keeps state for")                        \
	X(STALE, "stale", "the stream was reconfigured under the packet")      \
	X(TTL_EXPIRED, "ttl-expired", "TTL or hop limit ran out")              \
	X(MTU_EXCEEDED, "mtu-exceeded",                                        \
	  "converted packet exceeds the outgoing MTU")                         \
	X(NO_NEIGHBOUR, "no-neighbour",                                        \
	  "next hop has no link-layer address yet")                            \
	X(RESIZE_FAILED, "resize-failed",                                      \
	  "driver gave no room to grow or shrink the frame")                   \
	X(INTERNAL, "internal", "a map look-up that cannot fail failed")       \
	X(KEY_EXPIRED, "key-expired",                                          \
	  "the key's lifetime in packets is over (RFC 4568 6.1)")

/* Packets left to the kernel's stack untouched: XDP_PASS. */
#define SG_PASS_REASONS(X)                                                     \
	X(NOT_IP, "not-ip", "neither IPv4 nor IPv6, or cut short")             \
	X(NOT_UDP, "not-udp", "another transport protocol")                    \
	X(FRAGMENT, "fragment", "IP fragment; reassembled by the stack")       \
	X(IP_OPTIONS, "ip-options", "IPv4 options or IPv6 extension headers")  \
	X(NO_REALM, "no-realm", "interface or VLAN belongs to no realm")       \
	X(NO_ENDPOINT, "no-endpoint", "no termination has this address, port") \
	X(SLOW_PATH, "slow-path", "the stream is converted in the slow path")

/*
 * What became of the packets that the kernel steered to the slow path.
 * X(symbol, field of struct sg_slow, name, what happened, for people)
 */
#define SG_SLOW_COUNTERS(X)                                                    \
	X(RECEIVED, received, "received", "packets that came to the slow path") \
	X(SENT, sent, "sent", "converted and given to the kernel to send")     \
	X(DROPPED, dropped, "dropped",                                         \
	  "dropped by the program, which counts why")                          \
	X(UNWANTED, unwanted, "unwanted",                                      \
	  "for no termination any more, or from no realm's interface")         \
	X(NO_CRYPTO, no_crypto, "no-crypto",                                   \
	  "of a stream whose keys this slow path cannot use")                  \
	X(UNSENT, unsent, "unsent", "the kernel refused to send them")         \
	X(OVERRUN, overrun, "overrun", "came faster than they were converted") \
	X(RESTARTED, restarted, "restarted",                                   \
	  "times that the slow path died and was started again")

#define SG_REASON_DROP_SYMBOL(symbol, name, text) SG_DROP_##symbol,
#define SG_REASON_PASS_SYMBOL(symbol, name, text) SG_PASS_##symbol,

enum sg_drop_reason {
	SG_DROP_REASONS(SG_REASON_DROP_SYMBOL)
	SG_DROP_REASON_COUNT
};

/* Pass reasons share the counter array, from 128 on. */
enum sg_pass_reason {
	SG_PASS_BEFORE_FIRST = 127,
	SG_PASS_REASONS(SG_REASON_PASS_SYMBOL)
	SG_PASS_REASON_END
};

enum { SG_REASON_SLOTS = 160 };

/*
 * In the last of these slots is counted what is neither: packets that the
 * module srtp_kfuncs.ko left to the program's own engine, as it found the
 * vector registers in use.
 */
enum { SG_COUNT_KFUNC_BUSY = SG_REASON_SLOTS - 1 };

_Static_assert((int)SG_DROP_REASON_COUNT <= (int)SG_PASS_BEFORE_FIRST,
	       "drop reasons run into the pass reasons");
_Static_assert((int)SG_PASS_REASON_END <= (int)SG_COUNT_KFUNC_BUSY,
	       "reason counters exceed their array");

#endif /* SRTPGATE_REASONS_H */
