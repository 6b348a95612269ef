// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow/slow.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "gated/gate.h"
#include "gated/kept.h"
#include "gated/slow/slow_keeper.h"
#include "gated/slow/slow_map.h"
#include "gated/steer.h"

enum { OVERRUNS = SG_SOCKETS * sizeof(__u32) };

struct slow {
	struct slow_setup setup;
	struct kept kept;
};

/* -- what the processes get --------------------------------------------------- */

static void describe_devices(struct slow_setup *setup,
			     const struct config *config)
{
	for (int i = 0; i < config->realm_count; i++) {
		const struct realm *realm = &config->realm[i];

		setup->device[setup->device_count++] = (struct slow_device){
			.received = realm->route_ifindex,
			.ifindex = realm->ifindex,
			.vlan = realm->vlan,
			.tag = realm->tag,
		};
	}
}

static int describe(struct slow *slow, const struct gate *gate)
{
	struct slow_setup *setup = &slow->setup;
	int err;

	setup->overruns = mmap(NULL, OVERRUNS, PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (setup->overruns == MAP_FAILED)
		return -errno;
	setup->program = gate->data.program;
	setup->shared = slow_map(gate->data.maps.slow_path);
	if (!setup->shared)
		return -errno;
	err = slow_crypto_set_up(&setup->crypto, gate->data.skeleton);
	if (err)
		return err;
	do {
		if (getrandom(&setup->id, sizeof(setup->id), 0) < 0)
			return -errno;
	} while (!setup->id);
	describe_devices(setup, &gate->config);
	return 0;
}

static void run(void *arg, int parent, const struct privilege *privilege)
{
	struct slow_setup *setup = arg;

	setup->parent = parent;
	slow_keeper_run(setup, privilege);
}

/* -- opening and closing --------------------------------------------------------- */

static void dismiss(struct gate *gate)
{
	char path[PATH_MAX];

	steer_detach(&gate->pin);
	slow_dismiss(pin_map_path(&gate->pin, "slow_path", path));
}

int slow_open(struct slow **out, struct gate *gate,
	      const struct privilege *privilege, struct fault *fault)
{
	struct slow *slow;
	int err;

	*out = NULL;
	if (!gate->config.slow_path) {
		dismiss(gate);
		return 0;
	}
	slow = calloc(1, sizeof(*slow));
	if (!slow)
		return fault_set(fault, ENOMEM, "out of memory");
	*out = slow;
	slow->kept.child = -1;
	slow->kept.loss =
		"the slow path has ended: IP fragments and streams that are "
		"not in XDP are lost; restart srtpgated";
	slow->setup.overruns = MAP_FAILED;
	for (int i = 0; i < SG_SOCKETS; i++)
		slow->setup.sockets.receive[i] =
			slow->setup.sockets.send[i] = -1;
	err = describe(slow, gate);
	if (!err && slow_sockets_open(&slow->setup.sockets, fault))
		return -fault->error;
	if (!err)
		err = kept_start(&slow->kept, gate->base, run, &slow->setup,
				 privilege);
	if (!err)
		return 0;
	return fault_set(fault, -err,
			 "the slow path's process cannot be started: %s; set "
			 "slow_path = false to do without",
			 strerror(-err));
}

int slow_attach(struct slow *slow, struct gate *gate, struct fault *fault)
{
	int err = 0;

	if (!slow)
		return 0;
	for (__u32 i = 0; !err && i < SG_SOCKETS; i++) {
		__u64 fd = slow->setup.sockets.receive[i];

		if (slow->setup.sockets.receive[i] >= 0)
			err = bpf_map_update_elem(gate->data.maps.sockets, &i,
						  &fd, BPF_ANY);
	}
	if (err)
		return fault_set(fault, -err,
				 "the slow path's sockets are refused: %s; set "
				 "slow_path = false to do without",
				 strerror(-err));
	err = steer_attach(&gate->data, &gate->pin, fault);
	if (err)
		return err;
	/* A former worker ends now, once its sockets are empty. */
	slow_set_owner(slow->setup.shared, slow->setup.id);
	/* Were they ours as well, they would outlive the processes. */
	slow_sockets_close(&slow->setup.sockets);
	return 0;
}

void slow_close(struct slow *slow)
{
	if (!slow)
		return;
	kept_leave(&slow->kept);
	slow_sockets_close(&slow->setup.sockets);
	slow_crypto_tear_down(&slow->setup.crypto);
	slow_unmap(slow->setup.shared);
	if (slow->setup.overruns != MAP_FAILED)
		munmap(slow->setup.overruns, OVERRUNS);
	free(slow);
}

bool slow_is_running(const struct slow *slow)
{
	return slow && kept_is_running(&slow->kept);
}
