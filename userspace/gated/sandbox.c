// SPDX-License-Identifier: GPL-2.0-only
#include "gated/sandbox.h"

#include <errno.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "lib/log.h"

static const int daemon_allowed[] = {
	/* the event loop, its clock and signals */
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_ctl), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall),
	/* clients, controllers, rtnetlink, the log */
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(read), SCMP_SYS(readv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(sendfile),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(close), SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(fcntl), SCMP_SYS(lseek),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(ioctl),
	/* the journal, whose files are open */
	SCMP_SYS(pread64), SCMP_SYS(pwrite64), SCMP_SYS(fsync),
	SCMP_SYS(fdatasync), SCMP_SYS(ftruncate),
	/* memory and the end */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(sched_yield),
};

static const int worker_allowed[] = {
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(recvmmsg),
	SCMP_SYS(sendmmsg), SCMP_SYS(getsockopt), SCMP_SYS(clock_gettime),
	SCMP_SYS(sched_yield), SCMP_SYS(write), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall), SCMP_SYS(brk), SCMP_SYS(munmap),
	SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
	SCMP_SYS(getrandom), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* Besides those of the worker, which inherits its filter. */
static const int keeper_allowed[] = {
	SCMP_SYS(clone), SCMP_SYS(set_robust_list), SCMP_SYS(wait4),
	SCMP_SYS(nanosleep), SCMP_SYS(clock_nanosleep), SCMP_SYS(prctl),
	SCMP_SYS(seccomp), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction),
	SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(uname),
};

static const int fatal[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(setns),
	SCMP_SYS(unshare), SCMP_SYS(kexec_load), SCMP_SYS(reboot),
};

/* On descriptors that are open; nothing is loaded or attached any more. */
static const int daemon_bpf[] = {
	BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_MAP_DELETE_ELEM,
	BPF_MAP_GET_NEXT_KEY, BPF_OBJ_GET_INFO_BY_FD,
};

static const int worker_bpf[] = { BPF_PROG_TEST_RUN };

/* What connects to controllers. */
static const struct {
	int type, protocol;
} sockets[] = {
	{ SOCK_STREAM, 0 },
	{ SOCK_STREAM, IPPROTO_TCP },
	{ SOCK_STREAM, IPPROTO_SCTP },
	{ SOCK_SEQPACKET, IPPROTO_SCTP },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int add_calls(scmp_filter_ctx filter, __u32 action, const int *calls,
		     size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = seccomp_rule_add(filter, action, calls[i], 0);
	return err;
}

static int add_bpf(scmp_filter_ctx filter, const int *commands, size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
				       SCMP_A0(SCMP_CMP_EQ, commands[i]));
	return err;
}

/* Of every process. */
static int add_common(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_code =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int err = add_calls(filter, SCMP_ACT_KILL_PROCESS, fatal, COUNT(fatal));

	/* Memory is never executable, neither new nor later. */
	if (!err)
		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					     SCMP_SYS(mmap), 1, &no_code);
	if (!err)
		err = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW,
					     SCMP_SYS(mprotect), 1, &no_code);
	return err;
}

static int add_socket_rule(scmp_filter_ctx filter, int family, int type,
			   int protocol)
{
	const struct scmp_arg_cmp arguments[] = {
		SCMP_A0(SCMP_CMP_EQ, family),
		SCMP_A1(SCMP_CMP_MASKED_EQ,
			~(scmp_datum_t)(SOCK_NONBLOCK | SOCK_CLOEXEC), type),
		SCMP_A2(SCMP_CMP_EQ, protocol),
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket),
				      3, arguments);
}

static int add_connecting(scmp_filter_ctx filter)
{
	int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bind), 0);

	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
				       SCMP_SYS(connect), 0);
	for (size_t i = 0; !err && i < COUNT(sockets); i++) {
		err = add_socket_rule(filter, AF_INET, sockets[i].type,
				      sockets[i].protocol);
		if (!err)
			err = add_socket_rule(filter, AF_INET6,
					      sockets[i].type,
					      sockets[i].protocol);
	}
	return err;
}

static int add_daemon(scmp_filter_ctx filter, bool connects)
{
	int err = add_calls(filter, SCMP_ACT_ALLOW, daemon_allowed,
			    COUNT(daemon_allowed));

	if (!err)
		err = add_bpf(filter, daemon_bpf, COUNT(daemon_bpf));
	if (!err && connects)
		err = add_connecting(filter);
	return err;
}

static int add_worker(scmp_filter_ctx filter, bool keeper)
{
	int err = add_calls(filter, SCMP_ACT_ALLOW, worker_allowed,
			    COUNT(worker_allowed));

	if (!err && keeper)
		err = add_calls(filter, SCMP_ACT_ALLOW, keeper_allowed,
				COUNT(keeper_allowed));
	if (!err)
		err = add_bpf(filter, worker_bpf, COUNT(worker_bpf));
	return err;
}

/* @add fills the filter with what is particular, by @option. */
static int enter(int (*add)(scmp_filter_ctx filter, bool option), bool option,
		 struct fault *fault)
{
	scmp_filter_ctx filter;
	int err = -ENOMEM;

#ifdef __SANITIZE_ADDRESS__
	/* The leak checker stops threads with ptrace at exit. */
	(void)add, (void)option;
	sg_notice("built with sanitizers: the system call filter is off");
	return 0;
#endif
	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (filter) {
		/* A library's threads are no way around it. */
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
		if (!err)
			err = add_common(filter);
		if (!err)
			err = add(filter, option);
		if (!err)
			err = seccomp_load(filter);
		seccomp_release(filter);
	}
	if (err)
		return fault_set(fault, -err,
				 "the system call filter cannot be set: %s",
				 strerror(-err));
	return 0;
}

int sandbox_enter(bool connects, struct fault *fault)
{
	return enter(add_daemon, connects, fault);
}

int sandbox_enter_worker(struct fault *fault)
{
	return enter(add_worker, false, fault);
}

int sandbox_enter_keeper(struct fault *fault)
{
	return enter(add_worker, true, fault);
}
