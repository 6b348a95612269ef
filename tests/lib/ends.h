/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One end of an H.248 transport and what it was told, in a network namespace
 * that has nothing but a loopback; and plain sockets for the other end.
 */
#ifndef SRTPGATE_TEST_ENDS_H
#define SRTPGATE_TEST_ENDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "../../userspace/lib/h248_transport.h"

enum { END_DEADLINE_S = 5, END_LARGE = H248_MESSAGE_MAX };

struct end {
	struct event_base *base;
	struct h248_transport *transport;
	struct h248_address local, peer; /* peer: of the last event */
	char told[4096];	/* 'm'essage, 'i'dle, 'u'p, 'd'own, in order */
	size_t count;
	char last[END_LARGE + 1]; /* message, NUL behind it */
	const char *at;		/* where it stood, in the transport's memory */
	size_t size;
	int messages, ups, downs;
	bool echo;		/* answers with what it got */
	bool hang_up;		/* disconnects when it gets a message */
	bool persistent;	/* connects anew when a connection ends */
};

struct h248_address end_address(enum h248_protocol protocol, const char *text);

/*
 * With 198.51.100.1 and .2, fd00::1 and ::2 beside what each loopback has;
 * false: not root.
 */
bool end_namespace(void);

/* What fills in @end. */
struct h248_transport_user end_user(struct end *end);

/* Ends the test when it fails. */
void end_open(struct end *end, struct event_base *base,
	      enum h248_protocol protocol, const char *local);
int end_try_open(struct end *end, struct event_base *base,
		 enum h248_protocol protocol, const char *local);

/* Runs the loop until *@value is @wanted, or the deadline has gone. */
bool end_reaches(struct event_base *base, const int *value, int wanted);

/* What the last message stood in is zeroes now. */
bool end_is_zeroed(const struct end *end);

/* A socket that is bound to @local and blocks until the deadline. */
int end_plain(int type, const struct h248_address *local);

#endif /* SRTPGATE_TEST_ENDS_H */
