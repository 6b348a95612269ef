// SPDX-License-Identifier: GPL-2.0-only
/*
 * H.248 over SCTP in a network namespace. The other end is the same code in
 * a process of its own, which can be killed.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../userspace/lib/h248_sctp.h"
#include "../lib/ends.h"
#include "../lib/ktap.h"

enum { MANY = 50, LARGE_ONES = 40, READY = 100 };

/* What this program is with arguments. Answers all with the same. */
static int peer_run(const char *local, const char *calls)
{
	struct event_base *base = event_base_new();
	static struct end end;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	end_open(&end, base, H248_SCTP, local);
	end.echo = true;
	if (*calls) {
		end.peer = end_address(H248_SCTP, calls);
		h248_transport_connect(end.transport, &end.peer);
	}
	if (write(READY, "", 1) == 1)
		event_base_dispatch(base);
	return EXIT_FAILURE;
}

/* Listens when this returns; @calls: whom it connects to, or "". */
static pid_t peer_start(const char *local, const char *calls)
{
	int ready[2];
	pid_t pid;

	if (pipe(ready))
		ktap_bail_out("no pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		dup2(ready[1], READY);
		execl("/proc/self/exe", "peer", local, calls, NULL);
		_exit(EXIT_FAILURE);
	}
	close(ready[1]);
	if (read(ready[0], &(char){ 0 }, 1) != 1)
		ktap_bail_out("the peer does not start");
	close(ready[0]);
	return pid;
}

static void peer_kill(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Sends @count messages of @size octets in one flush; all come back. */
static bool echoes(struct end *end, const struct h248_address *peer, int count,
		   size_t size)
{
	static char text[END_LARGE];
	int before = end->messages;

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < count; i++) {
		text[0] = 'A' + i;
		if (h248_transport_send(end->transport, peer, text, size))
			count = i;
	}
	text[0] = 'A' + count - 1;
	h248_transport_flush(end->transport);
	ktap_note("%d messages of %zu octets", count, size);
	return count && end_reaches(end->base, &end->messages, before + count) &&
	       end->size == size && !memcmp(end->last, text, size) &&
	       !h248_address_compare(&end->peer, peer);
}

static void test_both_ways(struct event_base *base, const char *ours,
			   const char *theirs)
{
	struct h248_address peer = end_address(H248_SCTP, theirs);
	pid_t pid = peer_start(theirs, "");
	static struct end end;

	end_open(&end, base, H248_SCTP, ours);
	ktap_note("%s", h248_transport_name(end.transport));
	ktap(h248_transport_send(end.transport, &peer, "x", 1) == -ENOTCONN,
	     "%s: no message without an association", ours);
	h248_transport_connect(end.transport, &peer);
	h248_transport_connect(end.transport, &peer);
	ktap(end_reaches(base, &end.ups, 1) &&
	     !h248_address_compare(&end.peer, &peer), "%s: it is up", ours);
	ktap(echoes(&end, &peer, 1, 1), "%s: a message goes both ways", ours);
	ktap(echoes(&end, &peer, MANY, 500), "%s: many in one flush", ours);
	ktap(echoes(&end, &peer, 1, END_LARGE), "%s: the longest message", ours);
	ktap(echoes(&end, &peer, LARGE_ONES, END_LARGE),
	     "%s: and as many of it as there is room for", ours);
	ktap(end.ups == 1 && !end.downs, "%s: all over one association", ours);
	h248_transport_close(end.transport);
	peer_kill(pid);
}

/* With a wildcard the peer must be answered from where it wrote to. */
static void test_incoming(struct event_base *base, const char *ours,
			  const char *named, const char *theirs)
{
	struct h248_address peer = end_address(H248_SCTP, theirs);
	static struct end end;
	pid_t pid;

	end_open(&end, base, H248_SCTP, ours);
	pid = peer_start(theirs, named);
	ktap(end_reaches(base, &end.ups, 1) &&
	     !h248_address_compare(&end.peer, &peer),
	     "%s: an association of others is taken", ours);
	ktap(echoes(&end, &peer, 3, 100), "%s: and used", ours);
	h248_transport_close(end.transport);
	peer_kill(pid);
}

static void test_nobody(struct event_base *base)
{
	struct h248_address peer = end_address(H248_SCTP, "127.0.0.2");
	static struct end end;

	end_open(&end, base, H248_SCTP, "127.0.0.1");
	h248_transport_connect(end.transport, &peer);
	ktap(end_reaches(base, &end.downs, 1) && !end.ups &&
	     !h248_address_compare(&end.peer, &peer),
	     "an association that cannot be made is told");
	h248_transport_connect(end.transport, &peer);
	ktap(end_reaches(base, &end.downs, 2), "each time");
	h248_transport_close(end.transport);
}

/* Killed, it says nothing any more: data is in vain. */
static void test_death(struct event_base *base)
{
	struct h248_address peer = end_address(H248_SCTP, "127.0.0.2");
	pid_t pid = peer_start("127.0.0.2", "");
	static struct end end;

	end_open(&end, base, H248_SCTP, "127.0.0.1");
	end.persistent = true;
	h248_transport_connect(end.transport, &peer);
	ktap(end_reaches(base, &end.ups, 1) && echoes(&end, &peer, 2, 300),
	     "a peer that is going to die");
	peer_kill(pid);
	h248_transport_send(end.transport, &peer, "x", 1);
	h248_transport_flush(end.transport);
	/* Some kernel may say at once that nobody is there, and say it again. */
	end_reaches(base, &end.downs, 1);
	ktap(end.downs > 0, "its death is told");
	ktap(h248_transport_send(end.transport, &peer, "x", 1) == -ENOTCONN,
	     "the dead get no messages");
	pid = peer_start("127.0.0.2", "");
	ktap(end_reaches(base, &end.ups, 2) && echoes(&end, &peer, 2, 300),
	     "it comes back, and so does the association");
	h248_transport_close(end.transport);
	peer_kill(pid);
}

/* Another process takes its place; it knows nothing of the association. */
static void test_succession(struct event_base *base)
{
	struct h248_address peer = end_address(H248_SCTP, "127.0.0.2");
	pid_t pid = peer_start("127.0.0.2", "");
	static struct end end;

	end_open(&end, base, H248_SCTP, "127.0.0.1");
	end.persistent = true;
	h248_transport_connect(end.transport, &peer);
	end_reaches(base, &end.ups, 1);
	peer_kill(pid);
	pid = peer_start("127.0.0.2", "");
	h248_transport_send(end.transport, &peer, "x", 1);
	h248_transport_flush(end.transport);
	ktap(end_reaches(base, &end.ups, 2) && end.downs == 1 &&
	     echoes(&end, &peer, 2, 300),
	     "a peer without memory is met anew");
	peer_kill(pid);
	pid = peer_start("127.0.0.2", "127.0.0.1");
	ktap(end_reaches(base, &end.ups, 3) && end.downs == 2 &&
	     echoes(&end, &peer, 2, 300),
	     "one that calls itself restarts the association");
	h248_transport_close(end.transport);
	peer_kill(pid);
}

static void test_disconnect(struct event_base *base)
{
	struct h248_address peer = end_address(H248_SCTP, "127.0.0.2");
	pid_t pid = peer_start("127.0.0.2", "");
	static struct end end;

	end_open(&end, base, H248_SCTP, "127.0.0.1");
	h248_transport_connect(end.transport, &peer);
	end_reaches(base, &end.ups, 1);
	h248_transport_disconnect(end.transport, &peer);
	ktap(h248_transport_send(end.transport, &peer, "x", 1) == -ENOTCONN,
	     "no message after a disconnect");
	h248_transport_connect(end.transport, &peer);
	ktap(end_reaches(base, &end.ups, 2) && !end.downs &&
	     echoes(&end, &peer, 1, 1), "connected again at once");
	h248_transport_disconnect(end.transport, &peer);
	h248_transport_connect(end.transport, &peer);
	h248_transport_disconnect(end.transport, &peer);
	end.hang_up = true;
	h248_transport_connect(end.transport, &peer);
	end_reaches(base, &end.ups, 3);
	h248_transport_send(end.transport, &peer, "x", 1);
	h248_transport_send(end.transport, &peer, "y", 1);
	h248_transport_flush(end.transport);
	end_reaches(base, &end.messages, 2);
	ktap(!strcmp(end.last, "x") && end.ups == 3 && !end.downs,
	     "a message may end its own association");
	h248_transport_close(end.transport);
	peer_kill(pid);
}

/* What start-up takes away, it takes away from one thread. */
static void test_alone(struct event_base *base)
{
	int threads = 0;
	static struct end end;
	struct dirent *entry;
	DIR *tasks;

	end_open(&end, base, H248_SCTP, "127.0.0.1");
	tasks = opendir("/proc/self/task");
	while (tasks && (entry = readdir(tasks)))
		threads += entry->d_name[0] != '.';
	ktap(threads == 1, "there is no thread but this one");
	closedir(tasks);
	h248_transport_close(end.transport);
}

/* -- what the network seldom does: a stack that is none --------------------- */

static struct {
	int begun, put, ended, refusals;
	bool at_once;
	char last;
} fake;

static int fake_begin(struct h248_sctp *sctp, const struct h248_address *peer)
{
	(void)sctp;
	(void)peer;
	fake.begun++;
	return 0;
}

static int fake_put(struct h248_sctp *sctp, __u32 id, const char *text,
		    size_t size)
{
	(void)sctp;
	(void)id;
	(void)size;
	if (fake.refusals && fake.refusals--)
		return -EAGAIN;
	fake.put++;
	fake.last = *text;
	return 0;
}

static void fake_end(struct h248_sctp *sctp, __u32 id, bool at_once)
{
	(void)sctp;
	(void)id;
	fake.ended++;
	fake.at_once = at_once;
}

static void arrives(struct h248_sctp *sctp, __u32 id, const char *text,
		    bool whole)
{
	memcpy(sctp->in, text, strlen(text));
	h248_sctp_read(sctp, id, strlen(text), whole);
}

static void test_parts(struct h248_sctp *sctp, struct end *end)
{
	arrives(sctp, 5, "on", false);
	arrives(sctp, 6, "tw", false);
	arrives(sctp, 5, "e", true);
	ktap(end->messages == 1 && !strcmp(end->last, "one"),
	     "parts of messages of two associations: one");
	arrives(sctp, 6, "o", true);
	ktap(end->messages == 2 && !strcmp(end->last, "two"), "and the other");
	arrives(sctp, 5, "never", false);
	h248_sctp_broken(sctp, 5);
	arrives(sctp, 5, "next", true);
	ktap(end->messages == 3 && !strcmp(end->last, "next"),
	     "a message that breaks off is forgotten");
	h248_sctp_read(sctp, 5, END_LARGE, false);
	h248_sctp_read(sctp, 5, 1, false);
	arrives(sctp, 5, "long", true);
	ktap(end->messages == 3, "one that is too long is dropped");
	arrives(sctp, 5, "last", true);
	ktap(end->messages == 4 && !strcmp(end->last, "last") &&
	     end_is_zeroed(end), "and hurts none behind it");
	arrives(sctp, 7, "who", true);
	ktap(end->messages == 4, "what has no association is dropped");
}

static void test_retry(struct h248_sctp *sctp, struct end *end,
		       const struct h248_address *peer)
{
	fake.refusals = 3;
	h248_sctp_send(&sctp->transport, peer, "a", 1);
	h248_sctp_send(&sctp->transport, peer, "b", 1);
	h248_sctp_flush(&sctp->transport);
	ktap(!fake.put && end_reaches(end->base, &fake.put, 2) &&
	     fake.last == 'b', "a full socket is tried again");
}

static void test_many(struct h248_sctp *sctp, struct end *end)
{
	struct h248_address peer = end_address(H248_SCTP, "192.0.2.9");

	for (int i = 0; i < H248_PEERS_MAX - 2; i++) {
		peer.v4.sin_port = htons(1000 + i);
		h248_sctp_changed(sctp, &peer, 100 + i, H248_SCTP_UP);
	}
	ktap(end->ups == H248_PEERS_MAX && !fake.ended, "64 may come");
	peer.v4.sin_port = htons(999);
	h248_sctp_changed(sctp, &peer, 99, H248_SCTP_UP);
	ktap(end->ups == H248_PEERS_MAX && fake.ended == 1 && fake.at_once,
	     "the next one is turned away");
	h248_sctp_changed(sctp, &peer, 99, H248_SCTP_DOWN);
	ktap(!end->downs, "without a word");
	ktap(!h248_sctp_connect(&sctp->transport, &peer),
	     "but we can go to others");
	h248_sctp_disconnect(&sctp->transport, &peer);
}

static void test_last_words(struct h248_sctp *sctp, struct end *end,
			    const struct h248_address *peer)
{
	int messages = end->messages;

	h248_sctp_disconnect(&sctp->transport, peer);
	ktap(fake.ended == 2 && !fake.at_once, "a disconnect is in good order");
	arrives(sctp, 6, "wait", true);
	h248_sctp_changed(sctp, peer, 6, H248_SCTP_DOWN);
	ktap(end->messages == messages && !end->downs,
	     "what comes behind it is not told");
}

static void test_fake(struct event_base *base)
{
	static const struct h248_sctp_stack stack = { fake_begin, fake_put,
						      fake_end };
	struct h248_address one = end_address(H248_SCTP, "192.0.2.1");
	struct h248_address two = end_address(H248_SCTP, "192.0.2.2");
	struct h248_sctp *sctp = calloc(1, sizeof(*sctp));
	static struct end end;

	end.base = sctp->transport.base = base;
	sctp->transport.user = end_user(&end);
	h248_sctp_open(sctp, &stack);
	h248_sctp_connect(&sctp->transport, &one);
	h248_sctp_changed(sctp, &one, 5, H248_SCTP_UP);
	h248_sctp_changed(sctp, &two, 6, H248_SCTP_UP);
	ktap(fake.begun == 1 && end.ups == 2, "one to them, one of theirs");
	test_parts(sctp, &end);
	test_retry(sctp, &end, &one);
	test_many(sctp, &end);
	test_last_words(sctp, &end, &two);
	h248_sctp_close(sctp);
	free(sctp);
}

int main(int argc, char **argv)
{
	struct event_base *base;

	h248_sctp_timing = (struct h248_sctp_timing){
		.rto_initial_ms = 100, .rto_min_ms = 50, .rto_max_ms = 200,
		.init_attempts = 2, .retransmissions = 3,
	};
	if (argc == 3)
		return peer_run(argv[1], argv[2]);
	base = event_base_new();
	test_fake(base);
	if (!end_namespace()) {
		ktap_skip("needs root", "messages in a network namespace");
		return ktap_finish();
	}
	test_both_ways(base, "127.0.0.1", "127.0.0.2");
	test_both_ways(base, "fd00::1", "fd00::2");
	test_incoming(base, "127.0.0.1", "127.0.0.1", "127.0.0.2:3000");
	test_incoming(base, "0.0.0.0", "198.51.100.1", "198.51.100.2:3000");
	test_incoming(base, "::", "fd00::1", "[fd00::2]:3000");
	test_nobody(base);
	test_death(base);
	test_succession(base);
	test_disconnect(base);
	test_alone(base);
	event_base_free(base);
	return ktap_finish();
}
