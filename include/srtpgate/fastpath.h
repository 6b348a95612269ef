/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path's maps: the one contract between bpf/ and userspace/.
 *
 * Two kinds of value live here.
 *
 *   Immutable slots: struct sg_stream and struct sg_key. A slot is written
 *   whole while nothing refers to it, then published by one aligned 64-bit
 *   store (struct sg_endpoint.word). A change writes a new
 *   slot and re-publishes; the old slot keeps its bytes for SG_GRACE_MS, so
 *   a packet in flight sees the old configuration or the new one, never a
 *   mix, and is then zeroed. Slot 0 of each array means "none".
 *
 *   Mutable state: struct sg_state, shared by all CPUs under its spin lock:
 *   rollover counters, replay windows and counters. It belongs to a stream
 *   for the stream's whole life and survives reconfiguration and re-keying.
 *
 * Integers are in host order, except where the comment says network order.
 * IPv4 addresses are stored IPv4-mapped (RFC 4291 2.5.5.2), so one key
 * format serves both families.
 *
 * Fixed-width types, explicit padding, no pointers, no functions. A change
 * of any size or offset here is a new SG_LAYOUT_VERSION: the version is part
 * of the pin path, so two layouts never meet in one map.
 */
#ifndef SRTPGATE_FASTPATH_H
#define SRTPGATE_FASTPATH_H

#include <stddef.h>
#include <linux/bpf.h>
#include <linux/types.h>

#include "srtpgate/reasons.h"

#define SG_LAYOUT_VERSION 4

enum {
	SG_SOURCES = 8,		/* SSRCs with full state, per stream */
	SG_RETIRED = 16,	/* further SSRCs remembered by index only */
	SG_OPEN_KEYS = 3,	/* current, next, previous */
	SG_MKI_MAX = 16,	/* bytes, of a key of the fast path */
	SG_MKI_LONGEST = 128,	/* bytes, RFC 4568 6.1; in the slow path */
	SG_SENDER_REPORTS = 4,	/* remembered for the round-trip time */
	SG_WINDOW_WORDS = 4,	/* 64-bit words of a replay window's ring */
	SG_WINDOW_SIZE = (SG_WINDOW_WORDS - 1) * 64, /* packets, RFC 6479 */
	SG_RTP_MAX = 2048,	/* longest UDP payload carried, bytes */
	SG_NAME_MAX = 64,	/* context name, with its final NUL */
	SG_GRACE_MS = 2000,	/* life of a slot after its last reference */
	SG_SELFTEST_REALM = 0xffff, /* realm of BPF_PROG_RUN packets */
	SG_RESERVED_SLOTS = 8,	/* slots 1..6 of each array: self-test only */
	SG_CLOSED_STREAM = SG_RESERVED_SLOTS - 1, /* and its state: see below */
	SG_CLOSED_GENERATION = 1,
	SG_BURST_OCTETS = 64,	/* unit of sg_stream.burst in octets */
};

/* -- who is asked: interfaces and endpoints ------------------------------ */

/*
 * Key of `interfaces`: where a frame came in. A VLAN device has an entry of
 * its own, untagged, for what the kernel received there. SG_LOOPBACK is what
 * BPF_PROG_RUN says: untagged of the self-test, tagged of the slow path, where
 * the tag stands for the realm.
 */
struct sg_interface_key {
	__u32 ifindex;
	__u16 vlan;		/* VLAN identifier, 0: untagged */
	__u16 pad;
};

enum { SG_LOOPBACK = 1 };	/* ifindex */

enum sg_interface_flags {
	SG_INTERFACE_SLOW = 1 << 0, /* frames from the slow path's worker */
	SG_INTERFACE_VLAN_DEVICE = 1 << 1, /* XDP runs on the one below it */
};

/* Value of `interfaces`. */
struct sg_interface {
	__u16 realm;
	__u16 flags;		/* enum sg_interface_flags */
};

/* Key of `addresses`: a local address of a realm. */
struct sg_address_key {
	__be32 address[4];
	__u16 realm;
	__u16 pad;
};

/*
 * Value of `addresses`: the address's row in `endpoints`, an array of rows of
 * SG_PORTS entries, one for each UDP port. Row 0 is the self-test's.
 */
enum { SG_PORTS = 1 << 16 };

/*
 * Value of `endpoints`, at row * SG_PORTS + port: the published reference,
 * read and written in one go; word 0: no such endpoint. The two other slots
 * are those that the stream names, here as well so that they can be fetched
 * at the same time as the stream; nothing is believed of them.
 *
 * A port that is reserved, but connected to nothing yet, names
 * SG_CLOSED_STREAM, whose gate is always closed. Were there no entry, the
 * kernel would answer with ICMP "port unreachable", and peers hang up.
 */
struct sg_endpoint {
	union {
		__u64 word;
		struct {
			__u32 stream;	  /* slot in `streams` */
			__u32 generation; /* of that slot */
		};
	};
	__u32 state;
	__u32 key;		/* open_key[0], or else seal_key */
};

/* -- what is done: streams and keys -------------------------------------- */

enum sg_stream_flags {
	SG_STREAM_GATE_OPEN = 1 << 0,  /* else every packet is dropped */
	SG_STREAM_RTCP_MUX = 1 << 1,   /* RTCP on the RTP port, RFC 5761 */
	SG_STREAM_RTCP_MUX_OUT = 1 << 2, /* and so on the outgoing side */
	SG_STREAM_ANY_PORT = 1 << 3,   /* do not filter by remote port */
	SG_STREAM_PORT_RANGE = 1 << 4, /* .remote.rtp to .remote.rtcp */
	SG_STREAM_LATCH = 1 << 5,      /* report a new source */
	SG_STREAM_OPAQUE = 1 << 6,     /* e2e SRTP: forward unchanged */
	SG_STREAM_RATE_OCTETS = 1 << 7, /* .rate and .burst are of octets */
	SG_STREAM_FILTER = 1 << 8,     /* .remote is not whom we send to */
	SG_STREAM_UNCONNECTED = 1 << 9, /* gate closed: no .destination yet */
	SG_STREAM_SLOW = 1 << 10,      /* only the slow path converts it */
	SG_STREAM_THREE_KEYS = 1 << 11, /* .open_key[2] is as good as the
					 * others, else a former one */
};

enum { SG_DSCP_COPY = 0xff };	/* sg_stream.dscp: keep what came in */

/*
 * sg_stream.source_prefix: how many leading bits the sender's address must
 * share with .remote.address. IPv4 counts from 96, as it is stored.
 */
enum {
	SG_PREFIX_ANY = 0,
	SG_PREFIX_IPV4 = 96,	/* any IPv4 address */
	SG_PREFIX_EXACT = 128,
	SG_PREFIX_NOBODY = 255, /* no sender; so is all above 128 */
};

/* A transport address pair of one termination: RTP and RTCP. */
struct sg_transport {
	__be32 address[4];
	__be16 rtp;		/* network order; 0: none */
	__be16 rtcp;		/* network order; 0: none; = rtp when muxed */
};

/*
 * Value of `streams`: one direction of one media component through a
 * context, all the program needs to know to convert a packet.
 */
struct sg_stream {
	__u32 generation;	/* equals the endpoint's, else slot was reused */
	__u16 flags;		/* enum sg_stream_flags */
	__u16 burst;		/* see .rate */
	__u32 state;		/* slot in `states` */
	__u32 epoch;		/* a new one restarts every index at ROC 0 */

	struct sg_transport local;	/* where packets arrive */
	/*
	 * Who may send them: .source_prefix bits of the address; the port for
	 * RTP or for RTCP, or, under SG_STREAM_PORT_RANGE, for both any from
	 * .rtp to .rtcp, these two included.
	 */
	struct sg_transport remote;

	__u32 open_key[SG_OPEN_KEYS];	/* slots in `keys`; 0: none */
	__u32 seal_key;			/* slot in `keys`; 0: none */

	struct sg_transport source;	 /* where packets leave from */
	struct sg_transport destination; /* and where they go */
	__u32 next_hop;			 /* slot in `next_hops` */
	__u16 local_realm;
	__u8 dscp;			 /* 0..63 or SG_DSCP_COPY */
	__u8 source_prefix;

	__u32 clock_rate;	/* RTP timestamp units a second, for jitter */

	/*
	 * Packets permitted a second, 0: any; .burst more may come at once.
	 * Under SG_STREAM_RATE_OCTETS, octets of IP packet as received, IP and
	 * UDP headers included (H.248.53): a bucket of .burst units of
	 * SG_BURST_OCTETS; a packet larger than that never passes.
	 */
	__u32 rate;
};

/*
 * Suites of RFC 4568 6.2, RFC 6188 and RFC 7714, all with AES. What follows
 * SG_SUITE_LAST_FAST is converted in the slow path only.
 */
enum sg_suite {
	SG_SUITE_NONE = 0,
	SG_SUITE_AES_CM_128_HMAC_SHA1_80 = 1,
	SG_SUITE_AES_CM_128_HMAC_SHA1_32 = 2,
	SG_SUITE_AES_192_CM_HMAC_SHA1_80 = 3,
	SG_SUITE_AES_192_CM_HMAC_SHA1_32 = 4,
	SG_SUITE_AES_256_CM_HMAC_SHA1_80 = 5,
	SG_SUITE_AES_256_CM_HMAC_SHA1_32 = 6,
	SG_SUITE_AEAD_AES_128_GCM = 7,
	SG_SUITE_AEAD_AES_256_GCM = 8,
	SG_SUITE_LAST_FAST = SG_SUITE_AEAD_AES_256_GCM,
	SG_SUITE_F8_128_HMAC_SHA1_80 = 9,
};

/*
 * AES round keys in the bitsliced engine's compact form, made by
 * userspace/lib/aes_compact.c; see bpf/aes.h for the bit order. The last ten
 * round keys come first, so that a key of 128 bits fills 160 bytes; then room
 * for the first four of 256 bits, of which 192 bits have the latter two.
 * Round key 0 is within sg_session_key.salt.
 */
enum { SG_AES_EXTRA = 20 };	/* word of the first of four */

struct sg_aes_key {
	__u64 word[28];
};

/* HMAC-SHA1 states after the ipad and the opad block, host order words. */
struct sg_hmac_key {
	__u32 inner[5];
	__u32 outer[5];
};

/* The session keys of SRTP or of SRTCP (RFC 3711 4.3). */
struct sg_session_key {
	__u64 salt[2];		/* compact form of salt * 2^16 ^ round key 0, of
				 * GCM: salt * 2^32 ^ round key 0 */
	union {
		struct sg_hmac_key hmac;
		__u64 ghash[2];	/* GCM: AES of zero, as two host order words,
				 * the first bytes first */
	};
	struct sg_aes_key aes;
};

enum sg_key_flags {
	SG_KEY_AES_192 = 1 << 0, /* neither of two: 128 bits */
	SG_KEY_AES_256 = 1 << 1,
	SG_KEY_GCM = 1 << 2,	 /* RFC 7714; else AES-CM and HMAC-SHA1 */
	SG_KEY_PLAIN_RTP = 1 << 3, /* UNENCRYPTED_SRTP, RFC 4568 6.3.2 */
	SG_KEY_PLAIN_RTCP = 1 << 4, /* UNENCRYPTED_SRTCP */
	SG_KEY_USER = 1 << 5,	/* .user is valid, not .rtp and .rtcp */
	SG_KEY_LIMITED = 1 << 6, /* .lifetime is not 0 */
	SG_KEY_SHARED = 1 << 7,	/* another end seals the same SSRCs with it */
};

/*
 * A master key for the slow path, which derives from it as it goes: a suite
 * behind SG_SUITE_LAST_FAST, a key derivation rate, an MKI longer than
 * SG_MKI_MAX, or encrypted header extensions (RFC 6904).
 */
struct sg_user_key {
	__u8 key[32];		/* as many bytes as the suite has */
	__u8 salt[14];
	__u8 kdr;		/* derivation rate 2^kdr, 1 to 24; 0: none */
	__u8 pad;
	__u8 mki[SG_MKI_LONGEST];
	__u8 extension[32];	/* bit n % 8 of byte n / 8: ID n is encrypted */
};

/*
 * Value of `keys`: one SRTP master key, derived, key derivation rate 0, or
 * the master key itself. What an RTP packet needs of it fills four cache lines
 * when AES has 128 bits, else five.
 */
struct sg_key {
	__u32 generation;	/* grows with every key ever installed; not 0 */
	__u8 mki[SG_MKI_MAX];	/* of SG_KEY_USER: .user.mki */
	__u8 flags;		/* enum sg_key_flags */
	__u8 rtp_tag;		/* bytes: 16, 10, 4, 0: UNAUTHENTICATED_SRTP */
	__u8 rtcp_tag;		/* bytes: 16, or 10 (RFC 4568 6.2.2) */
	__u8 mki_length;	/* bytes, 0: no MKI */
	union {
		struct {
			struct sg_session_key rtp;
			struct sg_session_key rtcp;
		};
		struct sg_user_key user;
	};
	__u32 fingerprint;	/* names the key to people: lib/master_key.h */
	__u8 suite;		/* enum sg_suite; for people as well */
	__u8 told;		/* the daemon's: gated/lifetime.h */
	__u8 pad[2];
	/*
	 * Packets of SRTP, and as many of SRTCP but at most 2^31, that may be
	 * opened or sealed with it (RFC 4568 6.1); 0: as RFC 3711 9.2 allows,
	 * which the indices guard, and nothing is counted.
	 */
	__u64 lifetime;
	__u8 pad1[40];
};

/* -- what has happened: state ------------------------------------------- */

/*
 * Sliding window over 48-bit SRTP or 31-bit SRTCP indices, RFC 6479: bit
 * (index % 64) of ring word (index / 64 % SG_WINDOW_WORDS). On the receiving
 * side it remembers under which keys: a packet under a newer key than any
 * before may start the window anew, after which older keys are refused.
 */
struct sg_window {
	__u64 next;		/* highest index seen, plus one; 0: none */
	__u32 key;		/* generation of the newest key seen */
	__u32 oldest_key;	/* generations before this are refused */
	__u64 seen[SG_WINDOW_WORDS];
};

/* One SSRC of a stream. */
struct sg_source {
	__u32 ssrc;		/* host order */
	__u32 epoch;		/* of the stream when last used */
	__u32 jitter;		/* RFC 3550 6.4.1, in 1/16 timestamp unit */
	__u32 transit;		/* relative transit time, timestamp units */
	__u64 last_seen;	/* ns, CLOCK_MONOTONIC */
	__u64 packets;		/* RTP accepted */
	__u64 octets;		/* their payload, without header, MKI, tag */
	__u64 first;		/* index of the first RTP packet counted */
	struct sg_window received; /* RTP: open side, or plain as it came */
	struct sg_window sealed;   /* RTP: seal side */
	struct sg_window rtcp_received; /* SRTCP: open side */
	__u64 rtcp_packets;
	__u64 rtcp_octets;
	__u64 rtcp_sealed;	/* SRTCP packets sealed: the next index */
	__u64 pad;
};

/* The part of a window that is never forgotten. */
struct sg_window_top {
	__u64 next;
	__u32 key;
	__u32 oldest_key;
};

/* An SSRC whose full state was given up. */
struct sg_retired {
	__u32 ssrc;
	__u32 epoch;
	__u32 used;		/* 0: this record is free */
	__u32 rtcp_sealed;
	struct sg_window_top received;
	struct sg_window_top sealed;
	struct sg_window_top rtcp_received;
};

/* What a key with a lifetime was used for. */
struct sg_usage {
	__u32 generation;	/* of the key; 0: free */
	__u32 stream;		/* generation of the newest that counted here */
	__u64 rtp;		/* packets */
	__u64 rtcp;
};

/* A sender report that went through a stream (RFC 3550 6.4.1). */
struct sg_sender_report {
	__u32 ntp;		/* middle 32 bits of its NTP timestamp */
	__u32 pad;
	__u64 at;		/* ns, CLOCK_MONOTONIC; 0: none */
};

/*
 * What the receivers of a stream say of it in RTCP. Their reports arrive by
 * the opposite stream, whose state is this one's number with bit 0 changed.
 */
struct sg_quality {
	struct sg_sender_report sent[SG_SENDER_REPORTS];
	__u32 next;		/* of .sent to overwrite, counts up */
	__u32 ssrc;		/* whom the last report block is about */
	__u64 reports;		/* report blocks seen */
	__u64 reported_at;	/* ns, CLOCK_MONOTONIC, of the last */
	__u32 fraction_lost;	/* of it: in 1/256 */
	__s32 lost;		/* packets, cumulative */
	__u32 jitter;		/* timestamp units */
	__u32 pad;
	__u64 round_trips;	/* measured, from here to the receiver and back */
	__u64 round_trip;	/* ns, the last */
	__u64 round_trip_sum;	/* ns, of all */
};

/*
 * What has happened to a stream. The maps hold it in two parts, so that with
 * many streams the pages of what most packets need are few: its beginning, up
 * to source[0], which is a stream's only SSRC, is the value of `states`, and
 * the rest, at the same slot, the value of `sources`.
 *
 * The lock guards both. Whoever changes the second part counts a turn, so that
 * a reader, who can have but one part at a time under the lock, knows whether
 * the two belong together: sg_maps_state(). Nothing is in the second part before
 * a source is live, and .live loses no bit: a first part that is all zero tells
 * a restarted daemon that the second is.
 */
struct sg_state {
	struct bpf_spin_lock lock;
	__u16 live;		/* bit n: source[n] is in use */
	__u16 turn;		/* of the part in `sources`; wraps */
	__u32 ssrc[SG_SOURCES];	/* copies of source[].ssrc */
	__u64 packets;		/* RTP forwarded */
	__u64 octets;		/* UDP payload of them, as received */
	__u64 last_seen;	/* ns, CLOCK_MONOTONIC; 0: never */

	__u64 rtcp_packets;
	__u64 rtcp_octets;
	__u64 replayed;		/* REPLAYED and TOO_OLD */
	__u64 auth_failed;
	__u64 roc_retried;	/* accepted on the second index guess */
	__u64 dropped;		/* all drops charged to this stream */
	__u64 tokens;		/* policing: ns of credit */
	__u64 policed_at;	/* ns, CLOCK_MONOTONIC */
	__u64 latched_at;	/* ns, CLOCK_MONOTONIC: last SG_EVENT_LATCH */
	struct sg_transport latched; /* last source reported or to report */
	__u32 last_drop;	/* enum sg_drop_reason of the last drop */

	struct sg_source source[SG_SOURCES];
	struct sg_retired retired[SG_RETIRED];
	__u64 expected_retired;	/* RFC 3550 A.3, of retired SSRCs */
	__u64 received_retired;
	struct sg_usage opened[SG_OPEN_KEYS]; /* in no order */
	struct sg_usage sealed;
	struct sg_quality quality;
};

/* Value of `states`: six cache lines. */
struct sg_state_first {
	struct bpf_spin_lock lock;
	__u8 state[offsetof(struct sg_state, source[1]) -
		   sizeof(struct bpf_spin_lock)];
};

/* Value of `sources`. */
struct sg_state_rest {
	struct sg_source source[SG_SOURCES - 1]; /* from source[1] on */
	struct sg_retired retired[SG_RETIRED];
	__u64 expected_retired;
	__u64 received_retired;
	struct sg_usage opened[SG_OPEN_KEYS];
	struct sg_usage sealed;
	struct sg_quality quality;
};

/* Whether a stream with an open gate carries nothing, as the daemon judged. */
enum sg_silence {
	SG_NOT_SILENT = 0,
	SG_NEVER_STARTED = 1,	/* nothing since its gate opened */
	SG_STOPPED = 2,
};

/*
 * Value of `contexts`: what the CLI and a restarted daemon need to know of
 * a context besides its streams. Context c owns states 2c and 2c + 1:
 * state 2c is of the stream from termination 0 to termination 1.
 */
struct sg_context {
	__u32 used;
	__u32 stream[2];	/* slots in `streams`, by direction */
	__u8 silence[2];	/* enum sg_silence, by direction */
	__u8 codec[2];		/* lib/codec.h, by direction; 0: not known */
	__u64 created;		/* s, CLOCK_REALTIME */
	char name[SG_NAME_MAX];
};

/* -- where it goes -------------------------------------------------------- */

enum sg_next_hop_state {
	SG_NEXT_HOP_NONE = 0,
	SG_NEXT_HOP_INCOMPLETE = 1, /* route known, neighbour not resolved */
	SG_NEXT_HOP_REACHABLE = 2,
};

/*
 * Value of `next_hops`, memory-mapped by the daemon: each word is stored
 * in one go, so a reader never sees half an address.
 */
struct sg_next_hop {
	union {
		__u64 word0;
		struct {
			__u8 destination[6]; /* link-layer, as on the wire */
			__u8 state;	     /* enum sg_next_hop_state */
			__u8 pad0;
		};
	};
	union {
		__u64 word1;
		struct {
			__u8 source[6];
			__u16 mtu;	/* bytes of IP packet */
		};
	};
	union {
		__u64 word2;
		struct {
			__u32 ifindex;	/* in `devices` */
			__u16 vlan;	/* tag to send with, 0: none */
			__u16 pad1;
		};
	};
	__u64 used;		/* packets sent to an unresolved next hop */
};

/* -- what the fast path passes on: the slow path ---------------------------- */

/*
 * What the program answers to a frame of SG_INTERFACE_SLOW, besides XDP_DROP
 * and XDP_PASS (no such endpoint any more). XDP_ABORTED: another process is
 * in the program on this CPU; nothing was done, try again.
 */
enum sg_slow_verdict {
	/*
	 * The converted packet is to be sent. Its destination's link-layer
	 * address is the number of the outgoing interface, 32 bits of it in
	 * host order; a VLAN tag is that interface's.
	 */
	SG_SLOW_SEND = XDP_TX,
	/* The frame is as it was, and of a stream with an SG_KEY_USER. */
	SG_SLOW_CRYPTO = XDP_REDIRECT,
};

/* Places in `sockets`, where datagrams for endpoints are steered to. */
enum sg_slow_socket { SG_SOCKET_IPV4, SG_SOCKET_IPV6, SG_SOCKETS };

/* Single value of `slow_path`, memory-mapped; the counters are all processes'. */
struct sg_slow {
	__u64 owner;		/* whose sockets are in `sockets`; 0: nobody's */
#define SG_SLOW_FIELD(symbol, field, name, text) __u64 field;
	SG_SLOW_COUNTERS(SG_SLOW_FIELD)
#undef SG_SLOW_FIELD
};

/* -- looking: capture and settings ---------------------------------------- */

/* Single value of `settings`, memory-mapped. */
struct sg_settings {
	__u32 capture;		/* slot in `states` to capture; 0: none */
	__u32 capture_mask;	/* ~0: this stream; ~1: its whole context */
	__u64 instance;		/* random: names this set of maps; 0: not yet */
	__u32 engine;		/* enum sg_engine, of the program loaded last */
	__u32 pad;
};

/* Who does the cryptography of the fast path; from the third on, why. */
enum sg_engine {
	SG_ENGINE_UNKNOWN = 0,
	SG_ENGINE_KFUNC = 1,	/* the module srtp_kfuncs.ko: kfunc.h */
	SG_ENGINE_BPF_NO_MODULE = 2, /* the program itself: no module, */
	SG_ENGINE_BPF_NO_BTF = 3,    /* or none that can be called, */
	SG_ENGINE_BPF_REFUSED = 4,   /* or the kernel refused the calls, */
	SG_ENGINE_BPF_WANTED = 5,    /* or the operator wants it so */
};

enum { SG_CAPTURE_BYTES = SG_RTP_MAX };

enum sg_event_type {
	SG_EVENT_CAPTURE_IN = 1, /* UDP payload as it came */
	SG_EVENT_CAPTURE_OUT = 2, /* UDP payload as it left */
	SG_EVENT_LATCH = 3,	/* state.latched changed */
	SG_EVENT_NEXT_HOP = 4,	/* a packet met an unresolved next hop */
};

/* Record of the ring buffers `events` (3, 4) and `captures` (1, 2). */
struct sg_event {
	__u64 time;		/* ns, CLOCK_MONOTONIC */
	__u32 type;		/* enum sg_event_type */
	__u32 state;		/* slot in `states`, or in `next_hops` (4) */
	__u32 stream;		/* slot in `streams` */
	__u32 length;		/* bytes that follow */
};

/* -- sizes that the pinned maps depend on -------------------------------- */

_Static_assert(sizeof(struct sg_interface_key) == 8, "layout");
_Static_assert(sizeof(struct sg_interface) == 4, "layout");
_Static_assert(sizeof(struct sg_address_key) == 20, "layout");
_Static_assert(sizeof(struct sg_endpoint) == 16, "layout");
_Static_assert(sizeof(struct sg_transport) == 20, "layout");
_Static_assert(sizeof(struct sg_stream) == 128, "layout");
_Static_assert(sizeof(struct sg_session_key) == 280, "layout");
_Static_assert(sizeof(struct sg_key) == 640, "layout");
_Static_assert(__builtin_offsetof(struct sg_key,
				  rtp.aes.word[SG_AES_EXTRA]) <= 256,
	       "RTP under AES-128 exceeds four cache lines");
_Static_assert(sizeof(struct sg_user_key) == 208, "layout");
_Static_assert(sizeof(struct sg_usage) == 24, "layout");
_Static_assert(sizeof(struct sg_quality) == 128, "layout");
_Static_assert(sizeof(struct sg_window) == 48, "layout");
_Static_assert(sizeof(struct sg_source) == 224, "layout");
_Static_assert(sizeof(struct sg_retired) == 64, "layout");
_Static_assert(sizeof(struct sg_state_first) == 6 * 64,
	       "a state's first part is no multiple of cache lines");
_Static_assert(sizeof(struct sg_state_first) + sizeof(struct sg_state_rest) ==
		       sizeof(struct sg_state) &&
	       offsetof(struct sg_state, quality) -
		       sizeof(struct sg_state_first) ==
		       offsetof(struct sg_state_rest, quality),
	       "two parts do not make a state");
_Static_assert(sizeof(struct sg_next_hop) == 32, "layout");
_Static_assert(sizeof(struct sg_settings) == 24, "layout");
_Static_assert(sizeof(struct sg_event) == 24, "layout");
_Static_assert((SG_WINDOW_WORDS & (SG_WINDOW_WORDS - 1)) == 0,
	       "the window's ring is indexed by masking");
_Static_assert(SG_WINDOW_SIZE >= 128, "RFC 3711 3.3.2 asks 64, we 128");

#endif /* SRTPGATE_FASTPATH_H */
