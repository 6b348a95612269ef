/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP program as the kernel loaded it, on the bench: own unpinned maps,
 * streams installed as srtpgated would, packets put through BPF_PROG_RUN.
 * No interface is touched; frames seem to come from `lo` (ifindex 1).
 *
 * Whatever goes wrong with the rig itself ends the program with "Bail out!".
 */
#ifndef SRTPGATE_TEST_RIG_H
#define SRTPGATE_TEST_RIG_H

#include <stdbool.h>

#include "lib/master_key.h"
#include "lib/srtp_ahead.h"
#include "lib/srtp_powers.h"
#include "packet.h"
#include "srtpgate/fastpath.h"

struct gateway;

#define E80 SG_SUITE_AES_CM_128_HMAC_SHA1_80
#define E32 SG_SUITE_AES_CM_128_HMAC_SHA1_32
#define PLAIN SG_SUITE_NONE

enum {
	RIG_STREAMS = 64,	/* slots in `streams`, `states`, `contexts` */
	RIG_ROWS = 16,		/* local addresses */
	RIG_KEYSTREAM = 1 << 12, /* entries */
	RIG_POWERS = RIG_KEYSTREAM / SG_POWERS_SHARE,
	RIG_MTU = 4000,
	RIG_TTL = 64,
};

struct rig {
	struct gateway *skeleton;
	int program;
	__u32 generation;	 /* last one given out */
	__u32 rows;		 /* of `endpoints` in use */
	struct srtp_cache cache; /* the map `keystream` */
	struct sg_powers *powers; /* RIG_POWERS entries of that map */
	__u64 *per_cpu;		 /* one reading of `counters` */
	__u64 total[SG_REASON_SLOTS]; /* its sums */
};

/*
 * Another way than the program for packets of streams with keys; NULL: none.
 * slow_way.h sets it, for a test's whole life.
 */
struct rig_way {
	void (*change)(struct sg_master_key *key);
	void (*open)(const struct gateway *skeleton);
	void (*close)(void);
	/* As slow_crypto_convert(). XDP_PASS: the program converts it. */
	int (*convert)(const __u8 *frame, __u32 size, __u8 *out,
		       __u32 *out_size);
};

extern const struct rig_way *rig_way;

/* A master key, and the number that says which of two is the newer one. */
struct test_key {
	struct sg_master_key master; /* suite NONE: absent */
	__u32 generation;	     /* 0: not installed yet */
};

/* A stream to be: tests edit it before they install or publish it. */
struct scene {
	__u32 slot;		/* in streams and states; keys 4 * slot + 0..3 */
	struct sg_stream stream;
	struct test_key open[SG_OPEN_KEYS];
	struct test_key seal;
	struct flow rtp;	/* how a right packet arrives */
	struct flow rtcp;
	struct sg_next_hop next_hop;
};

/* What one run gave. */
struct outcome {
	int verdict;		/* enum xdp_action */
	__u32 reason;		/* the one counter that moved; 0: none */
	__u32 size;
	__u8 frame[FRAME_MAX];
};

/* @rig_open: small maps. @rig_open_sized: of that many streams. */
void rig_open(struct rig *rig);
int rig_open_sized(struct rig *rig, __u32 streams);
void rig_close(struct rig *rig);

/* Verified and processed instructions of the loaded program. */
__u32 rig_instructions(const struct rig *rig);

/*
 * A stream with fresh random-looking keys: gate open, strict source, RTP and
 * RTCP on neighbouring ports, IPv4 on both sides, DSCP copied, TTL counted.
 */
void scene_init(struct scene *scene, __u32 slot, enum sg_suite open,
		enum sg_suite seal);
void scene_set_family(struct scene *scene, bool in_ipv6, bool out_ipv6);
void scene_set_mux(struct scene *scene, bool in, bool out);

/* A new key whose bytes follow from @seed. */
void test_key_set(struct test_key *key, enum sg_suite suite, __u64 seed);

/* Clears the state, writes keys, next hop and stream, publishes. */
void rig_install(struct rig *rig, struct scene *scene);
/* The same without touching the state: a reconfiguration. */
void rig_publish(struct rig *rig, struct scene *scene);
void rig_remove(struct rig *rig, const struct scene *scene);

void rig_write_stream(struct rig *rig, const struct scene *scene);
void rig_write_next_hop(struct rig *rig, const struct scene *scene);
void rig_write_key(struct rig *rig, __u32 slot, const struct sg_key *key);
void rig_interface(struct rig *rig, __u16 vlan, bool present);
/* Frames with the tag @vlan are of a realm that has no addresses. */
void rig_other_realm(struct rig *rig, __u16 vlan);
/* Frames with the tag @vlan are the slow path's from now on. */
void rig_worker(struct rig *rig, __u16 vlan);
/* Is there a slow path? At first there is none. */
void rig_slow_path(struct rig *rig, bool present);
void rig_state(struct rig *rig, __u32 slot, struct sg_state *state);
void rig_states(struct rig *rig, __u32 first, __u32 count,
		struct sg_state *states);
void rig_set_state(struct rig *rig, __u32 slot, const struct sg_state *state);
/* File descriptors of the ring buffers. */
int rig_events(const struct rig *rig);
int rig_captures(const struct rig *rig);
void rig_capture(struct rig *rig, __u32 state, __u32 mask);

/* What became of packets whose key stream may have been ready: all sums. */
void rig_ahead(const struct rig *rig, struct sg_ahead *ahead);

/* Entry of @ssrc in @state; NULL: none. */
struct sg_source *state_source(struct sg_state *state, __u32 ssrc);
/* Makes one, in a free slot: what a stream that ran for long looks like. */
struct sg_source *state_add_source(struct sg_state *state,
				   const struct scene *scene, __u32 ssrc);

/*
 * Runs @frame once. -EINVAL and the like when the kernel refuses to build
 * such a packet; otherwise 0 and *@outcome. Not thread-safe.
 */
int rig_try(struct rig *rig, const __u8 *frame, __u32 size,
	    struct outcome *outcome);
void rig_run(struct rig *rig, const __u8 *frame, __u32 size,
	     struct outcome *outcome);

/* As above with a payload in the scene's flow for it. */
void rig_send(struct rig *rig, const struct scene *scene, bool rtcp,
	      const void *payload, __u32 length, struct outcome *outcome);

/* Without counters, from any thread; the verdict. Afterwards: rig_sync(). */
int rig_run_raw(const struct rig *rig, const __u8 *frame, __u32 size,
		__u8 *out, __u32 *out_size);
/* Reads the counters into rig->total. */
void rig_sync(struct rig *rig);

/*
 * Was the packet forwarded as the scene says, with every field right? Then
 * NULL, and where the UDP payload is; else what is wrong.
 */
const char *outcome_forwarded(const struct outcome *outcome,
			      const struct scene *scene, bool rtcp,
			      const __u8 **payload, __u32 *length);

#endif /* SRTPGATE_TEST_RIG_H */
