// SPDX-License-Identifier: GPL-2.0-only
#include "gated/sandbox.h"

#include <linux/bpf.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "lib/filter.h"

/* For the journal, whose files are open. */
static const int journal_calls[] = {
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),
};

static const int worker_allowed[] = {
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(recvmmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(getsockopt), SCMP_SYS(clock_gettime),
	SCMP_SYS(sched_yield), SCMP_SYS(write), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall), SCMP_SYS(brk), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const int ahead_allowed[] = {
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(clock_gettime),
	SCMP_SYS(write), SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall),
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* Besides those of the worker, which inherits its filter. */
static const int keeper_allowed[] = {
	SCMP_SYS(clone), SCMP_SYS(set_robust_list), SCMP_SYS(wait4),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(prctl),
	SCMP_SYS(seccomp), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(uname),
	SCMP_SYS(mlockall), SCMP_SYS(prlimit64),
};

/* On descriptors that are open; nothing is loaded or attached any more. */
static const int daemon_bpf[] = {
	BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,
	BPF_MAP_UPDATE_BATCH, BPF_MAP_GET_NEXT_KEY, BPF_OBJ_GET_INFO_BY_FD,
};

static const int worker_bpf[] = { BPF_PROG_TEST_RUN, BPF_MAP_LOOKUP_ELEM };

/* What connects to them: libevent says of TCP no more than that it streams. */
static const struct {
	int type, protocol;
	unsigned int peers;
} sockets[] = {
	{ SOCK_STREAM, 0, SANDBOX_CONTROLLERS | SANDBOX_KMS },
	{ SOCK_STREAM, IPPROTO_TCP, SANDBOX_CONTROLLERS | SANDBOX_KMS },
	{ SOCK_STREAM, IPPROTO_SCTP, SANDBOX_CONTROLLERS },
	{ SOCK_SEQPACKET, IPPROTO_SCTP, SANDBOX_CONTROLLERS },
};

static int add_bpf(scmp_filter_ctx filter, const int *commands, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
				       SCMP_A0(SCMP_CMP_EQ, commands[i]));
	return err;
}

static int add_connecting(scmp_filter_ctx filter, unsigned int peers)
{
	int err = 0;

	for (size_t i = 0; !err && i < FILTER_COUNT(sockets); i++)
		if (sockets[i].peers & peers)
			err = filter_add_connecting(filter, sockets[i].type,
						    sockets[i].protocol);
	return err;
}

static int add_daemon(scmp_filter_ctx filter, unsigned int peers)
{
	int err = filter_add_server(filter);

	if (!err)
		err = filter_add_calls(filter, SCMP_ACT_ALLOW, journal_calls,
				       FILTER_COUNT(journal_calls));
	if (!err)
		err = add_bpf(filter, daemon_bpf, FILTER_COUNT(daemon_bpf));
	return err ? err : add_connecting(filter, peers);
}

static int add_worker(scmp_filter_ctx filter, unsigned int keeper)
{
	int err = filter_add_calls(filter, SCMP_ACT_ALLOW, worker_allowed,
				   FILTER_COUNT(worker_allowed));

	if (!err && keeper)
		err = filter_add_calls(filter, SCMP_ACT_ALLOW, keeper_allowed,
				       FILTER_COUNT(keeper_allowed));
	if (!err)
		err = add_bpf(filter, worker_bpf, FILTER_COUNT(worker_bpf));
	return err;
}

static int add_ahead(scmp_filter_ctx filter, unsigned int unused)
{
	(void)unused;
	return filter_add_calls(filter, SCMP_ACT_ALLOW, ahead_allowed,
				FILTER_COUNT(ahead_allowed));
}

int sandbox_enter(unsigned int peers, struct fault *fault)
{
	return filter_enter(add_daemon, peers, fault);
}

int sandbox_enter_worker(struct fault *fault)
{
	return filter_enter(add_worker, false, fault);
}

int sandbox_enter_keeper(struct fault *fault)
{
	return filter_enter(add_worker, true, fault);
}

int sandbox_enter_ahead(struct fault *fault)
{
	return filter_enter(add_ahead, 0, fault);
}
