// SPDX-License-Identifier: GPL-2.0-only
/* Transactions and their actions. */
#include "gated/iq/iq_command.h"

#include <errno.h>

enum {
	PRIORITY_MAX = 15,	/* H.248.1 6.1.1 */
	/* For the header of a reply, and for one error at its end. */
	MARGIN = 1024,
	/* Each command takes a copy of the context, until all are done. */
	COMMANDS_MAX = 256,
	/* Of one message, on all contexts: some ms each, for many. */
	EVERYWHERE_MAX = 4,
};

/* -- copies ---------------------------------------------------------------- */

static int admit_context(struct iq_work *work)
{
	struct iq *iq = work->iq;

	if (iq->out_of_service || iq_association_state(iq) == IQ_LEAVING)
		return iq_fault_set(&work->fault, IQ_UNAVAILABLE,
				    "the gateway is being taken out of "
				    "service: it takes no new contexts");
	if (iq->contexts.count + SG_RESERVED_SLOTS >=
	    iq->gate->data.maps.contexts_size)
		return iq_fault_set(&work->fault, IQ_NO_CONTEXT_LEFT,
				    "all contexts are in use");
	return 0;
}

static void set_properties(struct iq_context *context,
			   const struct h248_properties *properties)
{
	if (properties->has_priority) {
		context->has_priority = true;
		context->priority = properties->priority;
	}
	if (properties->emergency)
		context->emergency = properties->emergency == H248_EMERGENCY;
}

int iq_work_step(struct iq_work *work)
{
	int err = work->current ? 0 : admit_context(work);

	if (err)
		return err;
	work->step = iq_context_copy(work->iq, work->current);
	if (!work->step)
		return iq_fault_set(&work->fault, IQ_NO_RESOURCES,
				    "out of memory");
	set_properties(work->step, &work->request->properties);
	return 0;
}

/* -- commands -------------------------------------------------------------- */

static int check_verb(struct iq_work *work, const struct h248_command *command)
{
	switch (command->verb) {
	case H248_MOVE:
	case H248_AUDIT_CAPABILITY:
	case H248_NOTIFY:
		return iq_fault_set(&work->fault, IQ_UNKNOWN_COMMAND,
				    "Iq has no %s to the gateway",
				    h248_token_name(command->verb));
	case H248_ADD:
		return 0;
	default:
		if (work->current ||
		    work->request->context != H248_CONTEXT_CHOOSE)
			return 0;
		return iq_fault_set(&work->fault, IQ_UNKNOWN_ACTION,
				    "a new context has nothing to %s",
				    h248_token_name(command->verb));
	}
}

static int dispatch(struct iq_work *work, const struct h248_command *command)
{
	int err = check_verb(work, command);

	if (err)
		return err;
	if (work->request->context == H248_CONTEXT_NULL)
		return iq_command_run_root(work, command);
	return iq_command_run(work, command);
}

/* H.248.11: the controller may want to know that it asks for too much. */
static void tell_overload(struct iq_work *work)
{
	if (work->fault.code == IQ_NO_CONTEXT_LEFT ||
	    work->fault.code == IQ_NO_RESOURCES)
		iq_event_overload(work->iq);
}

/* One command: carried out on a copy that is kept, or given up with it. */
static int run(struct iq_work *work, const struct h248_command *command)
{
	struct iq_root_events root = work->root;
	bool out_of_service = work->root_out_of_service;
	struct h248_command **tail = work->tail;
	int err = dispatch(work, command);

	if (!err) {
		work->matched = true;
		if (work->step)
			work->current = work->step;
		work->step = NULL;
		return 0;
	}
	if (work->step)
		iq_context_give_up(work->iq, work->step, work->current);
	work->step = NULL;
	work->root = root;
	work->root_out_of_service = out_of_service;
	work->tail = tail;
	*tail = NULL;
	if (command->verb == H248_ADD)
		tell_overload(work);
	return err;
}

/* The error of @command alone: what was done before it is undone. */
static int refuse(struct iq_work *work, const struct h248_command *command)
{
	work->reply.commands = NULL;
	work->tail = &work->reply.commands;
	if (iq_reply_fault(work, command))
		work->reply.commands = NULL;
	return -EINVAL;
}

static int run_commands(struct iq_work *work)
{
	const struct h248_command *one = work->request->commands;

	for (; one; one = one->next) {
		int err = run(work, one);

		if (!err || (err == -ENOENT && work->all))
			continue;
		if (!one->optional)
			return refuse(work, one);
		if (!work->silent && iq_reply_fault(work, one))
			return refuse(work, one);
	}
	return 0;
}

/* -- properties of the context --------------------------------------------- */

static bool has_properties(const struct h248_properties *properties)
{
	return properties->has_priority || properties->emergency ||
	       properties->ieps || properties->topology;
}

/* Streams of the same id are connected both ways, TS 29.334 has no more. */
static int check_properties(struct iq_work *work)
{
	const struct h248_properties *properties = &work->request->properties;
	const struct h248_topology *one = properties->topology;

	if (work->request->context == H248_CONTEXT_NULL &&
	    (has_properties(properties) || work->request->audit.present))
		return iq_fault_set(&work->fault, IQ_UNKNOWN_ACTION,
				    "the null context has no properties");
	if (properties->has_priority && properties->priority > PRIORITY_MAX)
		return iq_fault_set(&work->fault, IQ_UNSUPPORTED_VALUE,
				    "%u: Priority is 0 to %d",
				    properties->priority, PRIORITY_MAX);
	for (; one; one = one->next)
		if (one->direction != H248_BOTHWAY)
			return iq_fault_set(&work->fault, IQ_NOT_IMPLEMENTED,
					    "the only Topology is Bothway");
	return 0;
}

/* Properties that no command has brought along with its copy. */
static int apply_properties(struct iq_work *work)
{
	const struct h248_properties *properties = &work->request->properties;

	if (!has_properties(properties) || !work->current ||
	    work->current != work->old ||
	    (work->request->commands && !work->matched))
		return 0;
	if (iq_work_step(work))
		return -EINVAL;
	work->current = work->step;
	work->step = NULL;
	work->matched = true;
	return 0;
}

static void audit_context(struct iq_work *work)
{
	const struct h248_context_audit *audit = &work->request->audit;
	struct h248_properties *properties = &work->reply.properties;

	if (!audit->present || !work->current)
		return;
	work->matched = true;
	properties->has_priority = audit->priority;
	properties->priority = work->current->priority;
	if (audit->emergency && work->current->emergency)
		properties->emergency = H248_EMERGENCY;
}

/* -- one context ----------------------------------------------------------- */

static int commit_root(struct iq_work *work)
{
	struct iq *iq = work->iq;

	if (!work->root_changed)
		return 0;
	iq->root = work->root;
	iq->out_of_service = work->root_out_of_service;
	iq_root_update(iq);
	iq_journal_state(iq);
	return 0;
}

static bool has_add(const struct h248_action *action)
{
	const struct h248_command *one = action->commands;

	while (one && one->verb != H248_ADD)
		one = one->next;
	return one;
}

static int commit(struct iq_work *work)
{
	int err;

	if (work->request->context == H248_CONTEXT_NULL)
		return commit_root(work);
	if (work->current == work->old)
		return 0;
	err = iq_context_commit(work->iq, work->current, work->old, NULL,
				&work->fault);
	if (err && has_add(work->request))
		tell_overload(work);
	return err;
}

/* The error of the whole action. */
static int refuse_action(struct iq_work *work)
{
	work->reply.commands = NULL;
	work->reply.error = iq_reply_error(work);
	return -EINVAL;
}

static bool is_empty(const struct h248_action *reply)
{
	return !reply->commands && !reply->error &&
	       !reply->properties.has_priority && !reply->properties.emergency;
}

/* Octets of the reply to this action; negative errno. */
static int measure(const struct iq_work *work)
{
	const char *form = work->iq->gate->config.iq.form;
	static char scratch[H248_MESSAGE_MAX];
	struct h248_action action = work->reply;
	struct h248_transaction reply = {
		.kind = H248_REPLY, .id = 1, .actions = &action,
	};
	const struct h248_message message = {
		.version = work->answer->version,
		.mid = { H248_MID_DEVICE, SG_SLICE("g"), 0 },
		.transactions = &reply,
	};

	return h248_print(scratch, sizeof(scratch), &message,
			  strcmp(form, "long") ? H248_COMPACT : H248_LONG);
}

/* What is committed can be answered, and in one message. */
static int reserve(struct iq_work *work)
{
	int size;

	if (work->all && is_empty(&work->reply))
		return 0;
	size = measure(work);
	if (size == -ENOSPC || size > (int)*work->room)
		return iq_too_long(work);
	if (size < 0)
		return iq_fault_set(&work->fault, IQ_INTERNAL,
				    "the reply cannot be written");
	*work->room -= size;
	work->node = iq_node(work, sizeof(*work->node));
	return work->node ? 0 : -EINVAL;
}

static int finish(struct iq_work *work)
{
	int err = run_commands(work);

	if (err)
		return err;
	if (apply_properties(work))
		return refuse_action(work);
	audit_context(work);
	if (work->current)
		work->reply.context = work->current->id;
	if (reserve(work) || commit(work))
		return refuse_action(work);
	return 0;
}

/*
 * The action on @old (NULL: a new context, or the null context). On error
 * .reply says why; if it has neither error nor command, not even that had
 * room.
 */
static int carry_out(struct iq_work *work, struct iq_context *old)
{
	struct iq *iq = work->iq;
	int err;

	work->old = work->current = old;
	work->root = iq->root;
	work->root_out_of_service = iq->out_of_service;
	work->reply = (struct h248_action){ .context = work->request->context };
	work->tail = &work->reply.commands;
	if (old)
		work->reply.context = old->id;
	if (check_properties(work))
		return refuse_action(work);
	err = finish(work);
	if (err && work->current != work->old)
		iq_context_give_up(iq, work->current, work->old);
	return err;
}

/* -- actions --------------------------------------------------------------- */

/* The reply to a transaction under way. */
struct execution {
	struct iq *iq;
	const struct h248_message *message;
	struct h248_message *answer;
	struct h248_transaction *reply;
	struct h248_action **tail;
	size_t room;		/* octets that the message has left */
};

static int too_long(struct execution *x)
{
	static struct h248_error error = { .code = IQ_REPLY_TOO_LONG };

	error.text = SG_SLICE("the reply is too long; ask for less at a time");
	x->reply->error = &error;
	return -EINVAL;
}

static int append(struct execution *x, const struct iq_work *work)
{
	struct h248_action *one = work->node;

	if (!one)
		one = h248_alloc(x->answer, sizeof(*one));
	if (!one)
		return too_long(x);
	*one = work->reply;
	*x->tail = one;
	x->tail = &one->next;
	return 0;
}

static int conclude(struct execution *x, const struct iq_work *work, int err)
{
	if (err && is_empty(&work->reply))
		return too_long(x);
	return append(x, work) ? -EINVAL : err;
}

static int refuse_context(struct execution *x, struct iq_work *work,
			  enum iq_error code, const char *text)
{
	iq_fault_set(&work->fault, code, "%s", text);
	work->reply = (struct h248_action){ .context = work->request->context };
	return conclude(x, work, refuse_action(work));
}

static int execute_one(struct execution *x, const struct h248_action *action)
{
	struct iq_work work = {
		.iq = x->iq,
		.answer = x->answer,
		.request = action,
		.room = &x->room,
	};
	struct iq_context *context = NULL;

	if (action->context != H248_CONTEXT_NULL &&
	    action->context != H248_CONTEXT_CHOOSE) {
		context = iq_context_find(x->iq, action->context);
		if (!context)
			return refuse_context(x, &work, IQ_UNKNOWN_CONTEXT,
					      "there is no such context");
	}
	return conclude(x, &work, carry_out(&work, context));
}

/* -- all contexts ---------------------------------------------------------- */

struct everywhere {
	struct execution *x;
	const struct h248_action *action;
	bool silent;		/* all commands have one reply for all */
	bool matched;
};

static int execute_here(struct iq *iq, struct iq_context *context, void *arg)
{
	struct everywhere *e = arg;
	struct iq_work work = {
		.iq = iq,
		.answer = e->x->answer,
		.request = e->action,
		.room = &e->x->room,
		.all = true,
		.silent = e->silent,
	};
	int err = carry_out(&work, context);

	e->matched |= work.matched;
	if (!err && is_empty(&work.reply) && e->action->commands &&
	    !e->action->audit.present)
		return 0;
	return conclude(e->x, &work, err);
}

static bool are_summaries(const struct h248_command *list)
{
	if (!list)
		return false;
	for (; list; list = list->next)
		if (!list->wildcarded || !list->termination.all)
			return false;
	return true;
}

static int make_summaries(struct execution *x, struct iq_work *work)
{
	const struct h248_command *one = work->request->commands;

	work->node = iq_node(work, sizeof(*work->node));
	for (; work->node && one; one = one->next)
		if (!iq_reply(work, one, one->termination.name))
			return too_long(x);
	return work->node ? 0 : too_long(x);
}

/* Nothing in any context: what the first command says of that. */
static int reply_nothing(struct execution *x, struct iq_work *work)
{
	const struct h248_command *first = work->request->commands;
	unsigned int found;
	int err;

	if (!first)
		return refuse_context(x, work, IQ_UNKNOWN_CONTEXT,
				      "there are no contexts");
	err = check_verb(work, first);
	if (!err)
		err = iq_select(work, &first->termination, &found);
	refuse(work, first);
	return conclude(x, work, first->optional ? 0 : err);
}

static int execute_everywhere(struct execution *x,
			      const struct h248_action *action)
{
	struct everywhere e = {
		.x = x,
		.action = action,
		.silent = are_summaries(action->commands),
	};
	struct iq_work work = {
		.iq = x->iq,
		.answer = x->answer,
		.request = action,
		.reply.context = action->context,
	};
	int err;

	work.tail = &work.reply.commands;
	if (has_add(action))
		return refuse_context(x, &work, IQ_UNKNOWN_ACTION,
				      "nothing can be added to all contexts");
	if (e.silent && make_summaries(x, &work))
		return -EINVAL;
	err = iq_contexts_each(x->iq, execute_here, &e);
	if (err == -ENOMEM)
		return refuse_context(x, &work, IQ_NO_RESOURCES,
				      "out of memory");
	if (err)
		return err;
	if (!e.matched)
		return reply_nothing(x, &work);
	return e.silent ? append(x, &work) : 0;
}

/* -- transactions ---------------------------------------------------------- */

static unsigned int length(const struct h248_command *list)
{
	unsigned int count = 0;

	for (; list; list = list->next)
		count++;
	return count;
}

/* Commands of @message on all contexts; an action without any is one. */
static unsigned int count_everywhere(const struct h248_message *message)
{
	const struct h248_transaction *t = message->transactions;
	const struct h248_action *a;
	unsigned int count = 0;

	for (; t; t = t->next)
		for (a = t->kind == H248_TRANSACTION ? t->actions : NULL; a;
		     a = a->next)
			if (a->context == H248_CONTEXT_ALL)
				count += a->commands ? length(a->commands) : 1;
	return count;
}

static void count_commands(struct iq *iq, const struct h248_action *action)
{
	static const __u8 places[] = {
		[H248_ADD - H248_ADD] = 0,
		[H248_MODIFY - H248_ADD] = 1,
		[H248_SUBTRACT - H248_ADD] = 2,
		[H248_MOVE - H248_ADD] = 3,
		[H248_AUDIT_VALUE - H248_ADD] = 4,
		[H248_AUDIT_CAPABILITY - H248_ADD] = 5,
		[H248_NOTIFY - H248_ADD] = 6,
		[H248_SERVICE_CHANGE - H248_ADD] = 7,
	};
	const struct h248_command *one = action->commands;

	for (; one; one = one->next)
		iq->counters.commands[places[one->verb - H248_ADD]]++;
}

/* One message must not keep all others waiting. */
static int refuse_action_of(struct execution *x,
			    const struct h248_action *action, const char *text)
{
	struct iq_work work = {
		.iq = x->iq, .answer = x->answer, .request = action,
	};

	return refuse_context(x, &work, IQ_NO_RESOURCES, text);
}

static int execute(struct execution *x, const struct h248_action *action)
{
	count_commands(x->iq, action);
	if (length(action->commands) > COMMANDS_MAX)
		return refuse_action_of(x, action,
					"too many commands for one action");
	if (action->context != H248_CONTEXT_ALL)
		return execute_one(x, action);
	if (count_everywhere(x->message) > EVERYWHERE_MAX)
		return refuse_action_of(x, action,
					"too many commands on all contexts in "
					"one message");
	return execute_everywhere(x, action);
}

static int refuse_transaction(struct execution *x, struct iq_fault fault)
{
	struct iq_work work = { .answer = x->answer, .fault = fault };

	x->reply->error = iq_reply_error(&work);
	return x->reply->error ? -EINVAL : too_long(x);
}

int iq_execute(struct iq *iq, const struct h248_address *from,
	       const struct h248_message *message,
	       const struct h248_transaction *request,
	       struct h248_message *answer, struct h248_transaction *reply)
{
	struct execution x = {
		.iq = iq, .message = message, .answer = answer, .reply = reply,
		.tail = &reply->actions, .room = H248_MESSAGE_MAX - MARGIN,
	};
	const struct h248_action *action = request->actions;
	struct iq_fault fault;
	int err = iq_association_admit(iq, from, &fault);

	if (err)
		err = refuse_transaction(&x, fault);
	for (; !err && action; action = action->next)
		err = execute(&x, action);
	if (err)
		iq->counters.failed++;
	return 0;
}
