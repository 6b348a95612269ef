/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path's sockets: of each family one that datagrams are steered to,
 * which tells all of their headers that matter, and a raw one that packets
 * leave by, so that the kernel routes and fragments them.
 */
#ifndef SRTPGATE_SLOW_SOCKET_H
#define SRTPGATE_SLOW_SOCKET_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "gated/slow/slow_frame.h"
#include "lib/fault.h"

enum {
	SLOW_BATCH = 64,	/* datagrams at once */
	SLOW_CONTROL = 256,	/* bytes of control messages */
};

struct slow_sockets {
	int receive[SG_SOCKETS];
	int send[SG_SOCKETS];	/* -1, both: this host has no IPv6 */
};

/* As root. Negative errno with @fault; then nothing is open. */
int slow_sockets_open(struct slow_sockets *sockets, struct fault *fault);
void slow_sockets_close(struct slow_sockets *sockets);

/* Datagrams dropped because the receive queue was full; wraps. */
__u32 slow_socket_overruns(int fd);

/* A batch of datagrams that came: payloads have room for headers in front. */
struct slow_inbox {
	struct mmsghdr message[SLOW_BATCH];
	struct iovec part[SLOW_BATCH];
	struct sockaddr_storage from[SLOW_BATCH];
	_Alignas(8) char control[SLOW_BATCH][SLOW_CONTROL];
	char frame[SLOW_BATCH][SLOW_FRAME];
};

/* Never waits; returns how many came. */
int slow_inbox_receive(struct slow_inbox *inbox, int fd);

/* Number @i of those: what surrounds it, .tag still 0, and its payload. */
void *slow_inbox_packet(struct slow_inbox *inbox, int i,
			struct slow_packet *packet, size_t *length);

/* A batch of packets to send by one socket. */
struct slow_outbox {
	int count;
	struct mmsghdr message[SLOW_BATCH];
	struct iovec part[SLOW_BATCH];
	struct sockaddr_storage to[SLOW_BATCH];
	_Alignas(8) char control[SLOW_BATCH][SLOW_CONTROL];
	char frame[SLOW_BATCH][SLOW_FRAME]; /* room for the program's answer */
};

/* Adds @packet, whose .udp is within frame[count]. .ifindex: where it leaves. */
void slow_outbox_add(struct slow_outbox *outbox,
		     const struct slow_packet *packet);

/* Sends all and empties the box; returns how many the kernel took. */
int slow_outbox_send(struct slow_outbox *outbox, int fd);

#endif /* SRTPGATE_SLOW_SOCKET_H */
