// SPDX-License-Identifier: GPL-2.0-only
#include "lib/filter.h"

#include <errno.h>
#include <linux/types.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "lib/log.h"

static const int server_calls[] = {
	/* the event loop, its clock and signals */
	SCMP_SYS(epoll_wait), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
	SCMP_SYS(epoll_ctl), SCMP_SYS(poll), SCMP_SYS(ppoll),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigaction), SCMP_SYS(restart_syscall),
	/* clients, whom we are clients of, the log */
	SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(read), SCMP_SYS(readv),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(sendfile),
	SCMP_SYS(sendto), SCMP_SYS(sendmsg), SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg), SCMP_SYS(sendmmsg), SCMP_SYS(recvmmsg),
	SCMP_SYS(close), SCMP_SYS(shutdown),
	SCMP_SYS(getsockopt), SCMP_SYS(setsockopt), SCMP_SYS(getsockname),
	SCMP_SYS(getpeername), SCMP_SYS(fcntl), SCMP_SYS(lseek),
	SCMP_SYS(fstat), SCMP_SYS(newfstatat), SCMP_SYS(ioctl),
	/* memory and the end */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex), SCMP_SYS(getrandom), SCMP_SYS(getpid),
	SCMP_SYS(gettid), SCMP_SYS(tgkill), SCMP_SYS(exit),
	SCMP_SYS(exit_group), SCMP_SYS(sched_yield),
};

static const int fatal[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev), SCMP_SYS(init_module),
	SCMP_SYS(finit_module), SCMP_SYS(delete_module), SCMP_SYS(mount),
	SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(setns),
	SCMP_SYS(unshare), SCMP_SYS(kexec_load), SCMP_SYS(reboot),
};

int filter_add_calls(scmp_filter_ctx filter, __u32 action, const int *calls,
		     size_t count)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++)
		err = seccomp_rule_add(filter, action, calls[i], 0);
	return err;
}

int filter_add_server(scmp_filter_ctx filter)
{
	return filter_add_calls(filter, SCMP_ACT_ALLOW, server_calls,
				FILTER_COUNT(server_calls));
}

/* Of every process. */
static int add_common(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp no_code =
		SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	int err = filter_add_calls(filter, SCMP_ACT_KILL_PROCESS, fatal,
				   FILTER_COUNT(fatal));

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

int filter_add_connecting(scmp_filter_ctx filter, int type, int protocol)
{
	int err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bind), 0);

	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
				       SCMP_SYS(connect), 0);
	if (!err)
		err = add_socket_rule(filter, AF_INET, type, protocol);
	if (!err)
		err = add_socket_rule(filter, AF_INET6, type, protocol);
	return err;
}

int filter_enter(int (*add)(scmp_filter_ctx filter, unsigned int option),
		 unsigned int option, struct fault *fault)
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
