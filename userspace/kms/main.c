// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-kms(8): the key management server. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "kms/http.h"
#include "kms/key_admin.h"
#include "kms/kms.h"
#include "kms/metrics.h"
#include "kms/sandbox.h"
#include "kms/source.h"
#include "kms/status.h"
#include "kms/user_admin.h"
#include "kms/zk.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/privilege.h"

enum {
	DESCRIPTORS = 64,	/* besides connections */
	LOOKS = 20,		/* a second, for the last answers */
};

struct options {
	const char *config;
	long replica;		/* -1: as configured */
};

/* What main() owns besides what the parts share. */
struct server {
	struct kms kms;
	struct privilege privilege;
	struct prometheus *metrics;
	struct event *signals[3];
	struct event *draining;	/* looks whether all is answered */
	int looks;
	int notify;
};

static const char usage[] =
	"usage: srtpgate-kms [-vVh] [-c FILE] [-r REPLICA] [COMMAND]\n"
	"  -c, --config FILE      instead of " CONFIG_FILE "\n"
	"  -r, --replica REPLICA  0 to 255, instead of the configured one\n"
	"  -v, --verbose          log why queries are refused\n"
	"  -V, --version\n"
	"  -h, --help\n"
	"commands:\n"
	"  run                    serves; the default\n"
	"  check                  checks all files and exits\n"
	"  key add|list|prune     ticket protection keys\n"
	"  user add|list|remove|import  bootstrapped users\n"
	"  status [-j]            what the running server does\n"
	"  top                    the same again and again, with rates\n";

static void parse_options(struct options *options, int argc, char **argv)
{
	static const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "replica", required_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	__u64 number;
	int option;

	*options = (struct options){ CONFIG_FILE, -1 };
	while ((option = getopt_long(argc, argv, "+c:r:vVh", table, NULL)) !=
	       -1)
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'r':
			if (sg_slice_number(sg_slice_of(optarg), 255, &number)) {
				options->replica = number;
				break;
			}
			fputs(usage, stderr);
			exit(2);
		case 'v':
			sg_log_verbose();
			break;
		case 'V':
			puts("srtpgate-kms " SRTPGATE_VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
}

/* -- the running server ---------------------------------------------------- */

static void on_look(evutil_socket_t number, short what, void *arg)
{
	struct server *server = arg;
	struct kms *kms = &server->kms;

	(void)number;
	(void)what;
	if (!http_drained(server->kms.http)) {
		if (++server->looks <= kms->config.timeout * LOOKS)
			return;
		sg_warning("stopping with questions that were not answered");
	}
	event_base_loopbreak(kms->base);
}

/* What was asked is answered first; a second signal does not wait for it. */
static void on_signal(evutil_socket_t number, short what, void *arg)
{
	static const struct timeval pause = { 0, 1000000 / LOOKS };
	struct server *server = arg;

	(void)number;
	(void)what;
	if (server->draining) {
		event_base_loopbreak(server->kms.base);
		return;
	}
	notify(server->notify, "STOPPING=1");
	sg_notice("stopping");
	http_drain(server->kms.http);
	server->draining = event_new(server->kms.base, -1, EV_PERSIST, on_look,
				     server);
	if (!server->draining || event_add(server->draining, &pause))
		event_base_loopbreak(server->kms.base);
}

/* All or nothing: with a fault in any file, what was read before goes on. */
static void on_reload(evutil_socket_t number, short what, void *arg)
{
	struct server *server = arg;
	struct kms *kms = &server->kms;
	struct setup *setup;
	struct fault fault;

	(void)number;
	(void)what;
	notify(server->notify, "RELOADING=1");
	if (audit_reopen(kms->audit, &fault))
		sg_error("%s; the old one goes on", fault.text);
	if (setup_load(&setup, &kms->config, &fault)) {
		sg_error("%s; the policy, accounts and keys from before go on",
			 fault.text);
	} else {
		setup_release(kms->setup);
		kms->setup = setup;
		sg_notice("reloaded: %d rules, %d accounts, %d ticket keys",
			  setup->policy.rules, setup->accounts.accounts,
			  setup->keys.keys);
	}
	notify(server->notify, "READY=1");
}

/* HTTP stops and starts to read with each request: most of that is undone. */
static struct event_base *make_base(void)
{
	struct event_config *how = event_config_new();
	struct event_base *base = NULL;

	if (how && !event_config_set_flag(how,
					  EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST))
		base = event_base_new_with_config(how);
	if (how)
		event_config_free(how);
	return base;
}

static int open_loop(struct server *server, struct fault *fault)
{
	struct event_base *base = make_base();
	struct event **signals = server->signals;

	server->kms.base = base;
	signal(SIGPIPE, SIG_IGN);
	if (!base)
		return fault_set(fault, ENOMEM, "out of memory");
	signals[0] = evsignal_new(base, SIGTERM, on_signal, server);
	signals[1] = evsignal_new(base, SIGINT, on_signal, server);
	signals[2] = evsignal_new(base, SIGHUP, on_reload, server);
	for (int i = 0; i < 3; i++)
		if (!signals[i] || event_add(signals[i], NULL))
			return fault_set(fault, ENOMEM, "out of memory");
	return 0;
}

static void limit_connections(const struct config *config)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = config->connections + DESCRIPTORS;
	if (limit.rlim_cur > limit.rlim_max && !geteuid())
		limit.rlim_max = limit.rlim_cur;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * What is read again on SIGHUP is read as the user who must be able to then.
 */
static int start(struct server *server, struct fault *fault)
{
	struct kms *kms = &server->kms;
	const struct config *config = &kms->config;
	int err;

	privilege_prepare();
	limit_connections(config);
	kms->started = time(NULL);
	err = open_loop(server, fault);
	if (!err)
		err = zk_open(&kms->zk, kms->base, config, fault);
	if (!err)
		err = http_open(&kms->http, kms, fault);
	if (!err)
		err = prometheus_open(&server->metrics, kms->base,
				      config->metrics, metrics_write, kms,
				      fault);
	server->notify = notify_open();
	if (!err && kms_open_replay(kms))
		err = fault_set(fault, ENOMEM, "out of memory");
	if (!err)
		err = privilege_drop(&server->privilege, PRIVILEGE_NONE, fault);
	if (!err)
		err = source_open(&kms->source, kms->base, config, fault);
	kms->users = source_users(kms->source);
	if (!err)
		err = sandbox_enter(kms->zk || config->bsf.peers, fault);
	if (!err)
		err = audit_open(&kms->audit, config->audit, fault);
	return err ? err : setup_load(&kms->setup, config, fault);
}

static void stop(struct server *server)
{
	struct kms *kms = &server->kms;

	http_close(kms->http);
	prometheus_close(server->metrics);
	zk_close(kms->zk);
	source_close(kms->source);
	audit_close(kms->audit);
	setup_release(kms->setup);
	kms_close_replay(kms);
	for (int i = 0; i < 3; i++)
		if (server->signals[i])
			event_free(server->signals[i]);
	if (server->draining)
		event_free(server->draining);
	if (kms->base)
		event_base_free(kms->base);
}

static int run(struct server *server, struct fault *fault)
{
	struct kms *kms = &server->kms;
	const struct config *config = &kms->config;
	int err = 0;

	/* Without root it is whoever started it. */
	if (!geteuid())
		err = privilege_find(&server->privilege, config->user,
				     config->group, fault);
	if (!err)
		err = start(server, fault);
	if (!err) {
		sg_notice("ready: %s, replica %ld, %d rules, %d ticket keys",
			  config->name, config->replica,
			  kms->setup->policy.rules, kms->setup->keys.keys);
		notify(server->notify, "READY=1");
		event_base_dispatch(kms->base);
		sg_notice("stopped");
	}
	stop(server);
	return err;
}

/* -- commands -------------------------------------------------------------- */

static int check(const struct config *config, struct fault *fault)
{
	struct setup *setup;
	int err = setup_load(&setup, config, fault);

	if (err)
		return err;
	printf("%d rules, %d accounts, %d ticket keys, %d peers\n",
	       setup->policy.rules, setup->accounts.accounts, setup->keys.keys,
	       config->peers);
	setup_release(setup);
	return 0;
}

/* What root makes for the server is the server's. */
static int be_user(const struct config *config, struct fault *fault)
{
	struct privilege privilege;
	int err;

	if (geteuid())
		return 0;
	err = privilege_find(&privilege, config->user, config->group, fault);
	if (!err)
		err = privilege_become(&privilege, PRIVILEGE_NONE, fault);
	return err;
}

static int command_user(const struct config *config, int argc, char **argv,
			struct fault *fault)
{
	const struct user_admin admin = {
		.path = config->store.path,
		.seal = *config->store.seal ? config->store.seal : NULL,
		.name = config->name,
		.in = stdin,
		.out = stdout,
	};

	if (!*admin.path)
		return fault_set(fault, EINVAL,
				 "the configuration has no \"store\" of users");
	return user_admin_run(&admin, argc, argv, fault);
}

static int command(struct server *server, int argc, char **argv,
		   struct fault *fault)
{
	const struct config *config = &server->kms.config;
	int err;

	if (!argc || (argc == 1 && !strcmp(argv[0], "run")))
		return run(server, fault);
	err = be_user(config, fault);
	if (err)
		return err;
	if (argc == 1 && !strcmp(argv[0], "check"))
		return check(config, fault);
	if (!strcmp(argv[0], "key"))
		return key_admin_run(config->ticket_keys, argc - 1, argv + 1,
				     fault);
	if (!strcmp(argv[0], "user"))
		return command_user(config, argc - 1, argv + 1, fault);
	if (!strcmp(argv[0], "status") || !strcmp(argv[0], "top"))
		return status_run(config, argc, argv, fault);
	return fault_usage(fault);
}

static void show_usage(const char *name)
{
	if (!strcmp(name, "key"))
		fputs(key_admin_usage, stderr);
	else if (!strcmp(name, "user"))
		fputs(user_admin_usage, stderr);
	else if (!strcmp(name, "status") || !strcmp(name, "top"))
		fputs(status_usage, stderr);
	else
		fputs(usage, stderr);
}

int main(int argc, char **argv)
{
	static struct server server;
	struct config *config = &server.kms.config;
	struct options options;
	struct fault fault;
	int err;

	sg_log_open("srtpgate-kms");
	parse_options(&options, argc, argv);
	argv += optind;
	argc -= optind;
	err = config_load(config, options.config, &fault);
	if (err) {
		sg_error("%s", fault.text);
		return 1;
	}
	if (options.replica >= 0)
		config->replica = options.replica;
	err = command(&server, argc, argv, &fault);
	config_free(config);
	if (err && !*fault.text) {
		show_usage(argv[0] ?: "");
		return 2;
	}
	if (err)
		sg_error("%s", fault.text);
	return err ? 1 : 0;
}
