/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A media gateway controller that makes calls over Iq (TS 29.334) as fast as
 * the gateway lets it: H.248 in short words over UDP, one transaction and
 * the acknowledgement of the last reply a message. Every reply is checked;
 * a wrong one ends the program.
 *
 * A call: Add of the core's termination; its Remote and the Add of the
 * access's with two fresh SDES keys; through-connection; Subtract of both.
 */
#ifndef BENCH_CONTROLLER_H
#define BENCH_CONTROLLER_H

#include <linux/types.h>
#include <stdbool.h>

enum call_step { CALL_RESERVE, CALL_CONNECT, CALL_THROUGH, CALL_RELEASE };

enum {
	CALL_NAME = 65,		/* TerminationID with the final NUL */
	CALL_KEY = 41,		/* "inline:" with the final NUL */
};

struct call {
	__u32 context;
	char core[CALL_NAME], access[CALL_NAME];
	__u16 core_port, access_port; /* the gateway's */
	char ue_key[CALL_KEY], gateway_key[CALL_KEY];
};

struct controller_counters {
	__u64 sent, received;	/* messages */
	__u64 repeated;		/* requests that had to be */
};

struct controller;

/* Addresses as "10.77.3.2:2944". Exits with a message when it cannot. */
struct controller *controller_open(const char *local, const char *gateway);
void controller_close(struct controller *c);

/* One of the two realms that calls are between. */
struct side {
	const char *realm;
	const char *peer;	/* address in Remote; ports follow from a count */
	const char *const *local; /* the gateway's, which take turns; a NULL
				   * ends them */
};

/* Belongs to the caller. */
void controller_sides(struct controller *c, const struct side *access,
		      const struct side *core);

/*
 * Takes @count calls from step @first to step @last, @window at a time; they
 * are @calls[0] to @calls[@count - 1]. NULL: whole ones, of which nothing is
 * kept.
 */
void controller_run(struct controller *c, struct call *calls, __u32 count,
		    enum call_step first, enum call_step last, __u32 window);

/*
 * Audits ROOT until it answers, which it does once it is registered; exits
 * with a message when that takes more than @seconds.
 */
void controller_audit(struct controller *c, double seconds);

/* The messages of the next calls go to files in @folder, NULL: no more. */
void controller_record(struct controller *c, const char *folder);

const struct controller_counters *
controller_counters(const struct controller *c);

#endif /* BENCH_CONTROLLER_H */
