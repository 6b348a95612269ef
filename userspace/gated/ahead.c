// SPDX-License-Identifier: GPL-2.0-only
#include "gated/ahead.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "gated/ahead_maker.h"
#include "gated/gate.h"
#include "gated/keeper.h"
#include "gated/kept.h"
#include "gated/sandbox.h"
#include "gateway.skel.h"
#include "lib/log.h"

enum { PRIORITY = -10 };	/* "nice" */

struct ahead {
	struct ahead_setup setup;
	int parent;		/* the processes': its end is the daemon's */
	struct kept kept;
};

/* -- the process ----------------------------------------------------------- */

static int work(void *arg)
{
	struct ahead *ahead = arg;

	return ahead_run(&ahead->setup, ahead->parent);
}

static void died(void *arg)
{
	struct ahead *ahead = arg;

	ahead_end(&ahead->setup);
	ahead->setup.counters->restarted++;
}

static void run(void *arg, int parent, const struct privilege *privilege)
{
	struct ahead *ahead = arg;
	const struct keeper keeper = {
		.what = "the process that makes key stream",
		.name = "srtpgate-ahead",
		.keeper_name = "srtpgate-keep-a",
		.parent = parent,
		.sandbox = sandbox_enter_ahead,
		.work = work,
		.died = died,
		.arg = ahead,
	};

	/* What comes too late was made in vain. */
	setpriority(PRIO_PROCESS, 0, PRIORITY);
	ahead->parent = parent;
	keeper_run(&keeper, privilege);
}

/* -- opening and closing --------------------------------------------------- */

/* What the processes need is theirs alone from then on. */
static int start(struct ahead *ahead, struct gate *gate,
		 const struct privilege *privilege)
{
	int err = ahead_set_up(&ahead->setup, gate->data.skeleton);

	if (!err)
		err = kept_start(&ahead->kept, gate->base, run, ahead,
				 privilege);
	ahead_tear_down(&ahead->setup);
	return err;
}

struct ahead *ahead_open(struct gate *gate, const struct privilege *privilege)
{
	struct ahead *ahead;
	int err = -ENOMEM;

	if (!gate->data.skeleton->rodata->keystream_mask)
		return NULL;
	ahead = calloc(1, sizeof(*ahead));
	if (ahead) {
		ahead->kept.child = -1;
		ahead->kept.loss = "key stream is not made ahead any more, and "
				   "packets take twice as long; restart "
				   "srtpgated";
		err = start(ahead, gate, privilege);
	}
	if (!err)
		return ahead;
	sg_warning("the process that makes key stream ahead does not start "
		   "(%s), and packets take twice as long; set keystream = "
		   "\"none\" to do without",
		   strerror(-err));
	ahead_close(ahead);
	return NULL;
}

void ahead_close(struct ahead *ahead)
{
	if (!ahead)
		return;
	kept_leave(&ahead->kept);
	free(ahead);
}

bool ahead_is_running(const struct ahead *ahead)
{
	return ahead && kept_is_running(&ahead->kept);
}
