// SPDX-License-Identifier: GPL-2.0-only
/* srtpgated(8): owner of the data plane and of the contexts in it. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gated/ahead.h"
#include "gated/control.h"
#include "gated/gate.h"
#include "gated/iq/iq.h"
#include "gated/link.h"
#include "gated/metrics.h"
#include "gated/receiver/receiver.h"
#include "gated/sandbox.h"
#include "gated/selftest.h"
#include "gated/slow/slow.h"
#include "gated/survey.h"
#include "gated/watch.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/notify.h"
#include "lib/privilege.h"

enum action { RUN, CHECK, FLUSH };

struct options {
	const char *config;
	enum action action;
};

/* What main() owns besides the gate. */
struct daemon {
	struct gate gate;
	struct privilege privilege;
	struct control *control;
	struct prometheus *metrics;
	struct watch *watch;
	struct event *signals[2];
	int notify;		/* see notify.h */
};

static const char usage[] =
	"usage: srtpgated [-nvVh] [-c FILE] [--flush]\n"
	"  -c, --config FILE  instead of " CONFIG_FILE "\n"
	"  -n, --check        check the configuration and exit\n"
	"      --flush        detach the data plane, end all contexts and exit\n"
	"  -v, --verbose      log what the kernel says of the data plane\n"
	"  -V, --version\n"
	"  -h, --help\n";

static void parse_options(struct options *options, int argc, char **argv)
{
	static const struct option table[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "check", no_argument, NULL, 'n' },
		{ "flush", no_argument, NULL, 'F' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	*options = (struct options){ CONFIG_FILE, RUN };
	while ((option = getopt_long(argc, argv, "c:nvVh", table, NULL)) != -1)
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'n':
			options->action = CHECK;
			break;
		case 'F':
			options->action = FLUSH;
			break;
		case 'v':
			sg_log_verbose();
			break;
		case 'V':
			puts("srtpgated " SRTPGATE_VERSION);
			exit(0);
		case 'h':
			fputs(usage, stdout);
			exit(0);
		default:
			fputs(usage, stderr);
			exit(2);
		}
	if (optind == argc)
		return;
	fputs(usage, stderr);
	exit(2);
}

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	event_base_loopbreak(arg);
}

static int open_loop(struct daemon *daemon, struct fault *fault)
{
	static const int numbers[] = { SIGTERM, SIGINT };
	struct gate *gate = &daemon->gate;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN); /* nothing is read anew; restart instead */
	gate->base = event_base_new();
	if (!gate->base)
		return fault_set(fault, ENOMEM, "out of memory");
	for (int i = 0; i < 2; i++) {
		daemon->signals[i] = evsignal_new(gate->base, numbers[i],
						  on_signal, gate->base);
		if (!daemon->signals[i] || event_add(daemon->signals[i], NULL))
			return fault_set(fault, ENOMEM, "out of memory");
	}
	return 0;
}

static int open_realms(struct config *config, struct fault *fault)
{
	int err = 0;

	for (int i = 0; !err && i < config->realm_count; i++)
		err = realm_open(&config->realm[i], fault);
	return err;
}

/* The program, proven to work, on the maps; no packet reaches it yet. */
static int open_dataplane(struct gate *gate, struct fault *fault)
{
	int err = pin_open(&gate->pin, gate->config.pin, fault);

	if (!err)
		err = dataplane_open(&gate->data, &gate->config, &gate->pin,
				     fault);
	if (!err)
		err = selftest_run(&gate->data, fault);
	if (!err)
		err = dataplane_set_realms(&gate->data, &gate->config, fault);
	if (err)
		return err;
	err = endpoints_open(&gate->endpoints, &gate->data.maps);
	if (err)
		return fault_set(fault, -err,
				 "the endpoints cannot be mapped: %s",
				 strerror(-err));
	return endpoints_set_addresses(&gate->endpoints, &gate->data.maps,
				       &gate->config, fault);
}

static int open_contexts(struct daemon *daemon, struct fault *fault)
{
	struct gate *gate = &daemon->gate;
	int err;

	err = next_hops_open(&gate->next_hops, gate->base,
			     gate->data.maps.next_hops,
			     gate->data.next_hops_size,
			     gate->data.maps.devices);
	if (err)
		return fault_set(fault, -err,
				 "routes and neighbours cannot be watched: %s",
				 strerror(-err));
	err = contexts_open(&gate->contexts, gate->base, &gate->config,
			    &gate->data.maps, &gate->endpoints,
			    gate->next_hops);
	if (err)
		return fault_set(fault, -err,
				 "the pinned contexts cannot be read: %s",
				 strerror(-err));
	err = iq_open(&gate->iq, gate, fault);
	contexts_settle(&gate->contexts);
	if (!err)
		err = iq_start(gate->iq, gate, fault);
	if (err)
		return err;
	err = watch_open(&daemon->watch, gate);
	if (err)
		return fault_set(fault, -err,
				 "the data plane's events cannot be read: %s",
				 strerror(-err));
	if (survey_open(gate))
		return fault_set(fault, ENOMEM, "out of memory");
	return 0;
}

/* UDP's socket serves for all controllers. */
static unsigned int connections(const struct gate *gate)
{
	unsigned int to = gate->receiver ? SANDBOX_KMS : 0;

	if (gate->iq && gate->config.iq.local.protocol != H248_UDP)
		to |= SANDBOX_CONTROLLERS;
	return to;
}

/*
 * CAP_NET_ADMIN is for neighbour probes over rtnetlink. Maps need none:
 * bpf(2) asks for a descriptor, and those were opened before.
 */
static int drop_privileges(struct daemon *daemon, struct fault *fault)
{
	int err = privilege_drop(&daemon->privilege, CAP_NET_ADMIN, fault);

	return err ? err : sandbox_enter(connections(&daemon->gate), fault);
}

static int start(struct daemon *daemon, struct fault *fault)
{
	struct gate *gate = &daemon->gate;
	int err;

	privilege_prepare();
	err = open_loop(daemon, fault);
	if (!err)
		err = open_dataplane(gate, fault);
	/* Its processes take what is in memory along: no key yet. */
	if (!err)
		err = slow_open(&gate->slow, gate, &daemon->privilege, fault);
	if (!err)
		gate->ahead = ahead_open(gate, &daemon->privilege);
	if (!err)
		err = open_contexts(daemon, fault);
	if (!err)
		err = control_open(&daemon->control, gate,
				   daemon->privilege.uid, daemon->privilege.gid,
				   fault);
	if (!err)
		err = receiver_open(&gate->receiver, gate->base,
				    &gate->config.kms, fault);
	if (!err)
		err = metrics_open(&daemon->metrics, gate, fault);
	if (!err)
		err = links_attach(&gate->data, &gate->config, &gate->pin,
				   fault);
	if (!err)
		err = contexts_follow_links(&gate->contexts, fault);
	if (!err)
		err = slow_attach(gate->slow, gate, fault);
	/* Last of what needs files or sockets to be opened. */
	daemon->notify = notify_open();
	libbpf_num_possible_cpus();
	if (!err)
		err = drop_privileges(daemon, fault);
	return err;
}

static void stop(struct daemon *daemon)
{
	struct gate *gate = &daemon->gate;

	control_close(daemon->control);
	receiver_close(gate->receiver);
	prometheus_close(daemon->metrics);
	watch_close(daemon->watch);
	survey_close(gate->survey);
	iq_close(gate->iq);
	slow_close(gate->slow);
	ahead_close(gate->ahead);
	contexts_close(&gate->contexts);
	next_hops_close(gate->next_hops);
	endpoints_close(&gate->endpoints);
	dataplane_close(&gate->data);
	pin_close(&gate->pin);
	for (int i = 0; i < 2; i++)
		if (daemon->signals[i])
			event_free(daemon->signals[i]);
	if (gate->base)
		event_base_free(gate->base);
	for (int i = 0; i < gate->config.realm_count; i++)
		realm_close(&gate->config.realm[i]);
}

static int run(struct daemon *daemon, struct fault *fault)
{
	struct gate *gate = &daemon->gate;
	int err = start(daemon, fault);

	if (!err) {
		sg_notice("ready: %d realms, %u contexts, control socket %s",
			  gate->config.realm_count, gate->contexts.count,
			  gate->config.control);
		notify(daemon->notify, "READY=1");
		event_base_dispatch(gate->base);
		notify(daemon->notify, "STOPPING=1");
		sg_notice("stopped; the data plane goes on with %u contexts, "
			  "srtpgated --flush ends them",
			  gate->contexts.count);
	}
	stop(daemon);
	return err;
}

int main(int argc, char **argv)
{
	static struct daemon daemon;
	struct config *config = &daemon.gate.config;
	struct options options;
	struct fault fault;
	int err;

	sg_log_open("srtpgated");
	parse_options(&options, argc, argv);
	daemon.gate.started = clock_ms();
	daemon.gate.pin.lock = -1;
	err = config_load(config, options.config, &fault);
	if (!err && options.action == FLUSH)
		err = pin_flush(config->pin, &fault);
	if (!err && options.action != FLUSH)
		err = privilege_find(&daemon.privilege, config->user,
				     config->group, &fault);
	if (!err && options.action != FLUSH)
		err = open_realms(config, &fault);
	if (!err && options.action == RUN)
		err = run(&daemon, &fault);
	if (err)
		sg_error("%s", fault.text);
	return err ? 1 : 0;
}
