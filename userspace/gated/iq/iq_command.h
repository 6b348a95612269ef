/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside iq_execute(): one action under way, and what its commands share.
 *
 * Each command that changes something does so on a copy of the context as
 * the commands before it left it; what fails is given up with its copy, and
 * nothing is so before all of the action is committed. Functions return 0,
 * or -EINVAL with .fault; -ENOENT with .fault: nothing has that name here.
 */
#ifndef SRTPGATE_IQ_COMMAND_H
#define SRTPGATE_IQ_COMMAND_H

#include "gated/iq/iq.h"

struct iq_work {
	struct iq *iq;
	struct h248_message *answer;	/* whose arena replies are made in */
	const struct h248_action *request;
	struct iq_context *old;		/* as committed; NULL: a new one */
	struct iq_context *current;	/* as the commands so far left it */
	struct iq_context *step;	/* the command's copy, or NULL */
	struct iq_root_events root;	/* of ROOT, likewise */
	bool root_changed;
	bool root_out_of_service;
	bool all;			/* a part of C=*: what is not here is
					 * passed over */
	bool silent;			/* replies are made elsewhere */
	bool matched;			/* a command found something */
	struct h248_action reply;
	struct h248_action *node;	/* room for it, reserved before a
					 * commit */
	size_t *room;			/* octets that the message has left */
	struct h248_command **tail;	/* of its commands */
	struct iq_fault fault;
};

/* -- iq_command.c ---------------------------------------------------------- */

/* A copy to be changed, in .step, for the command that calls. */
int iq_work_step(struct iq_work *work);

/* -- iq_command_context.c, iq_command_root.c ------------------------------- */

/* One command of a context, or of the null context. */
int iq_command_run(struct iq_work *work, const struct h248_command *command);
int iq_command_run_root(struct iq_work *work,
			const struct h248_command *command);

/* -- iq_select.c ----------------------------------------------------------- */

/* What "ip/1/$/$" leaves open and what not. */
struct iq_choice {
	__u32 group;
	struct realm *realm;	/* NULL: left open */
};

int iq_choice_read(struct iq_work *work, const struct h248_termination *wanted,
		   struct iq_choice *choice);

/* Names @termination, whose number and realm are known. */
void iq_choice_name(const struct iq_choice *choice,
		    struct iq_termination *termination);

/* The realm's name as it stands in a TerminationID. */
void iq_realm_label(char label[REALM_NAME], const struct realm *realm);

/* "*" is any run of characters other than "/", at the end any at all. */
bool iq_name_matches(struct sg_slice pattern, struct sg_slice name);

/*
 * Sets bits of *@found for the terminations of .current that @wanted means.
 * -ENOENT: 430, 431 or 435.
 */
int iq_select(struct iq_work *work, const struct h248_termination *wanted,
	      unsigned int *found);

/* -- iq_media.c ------------------------------------------------------------ */

/*
 * Media onto @termination of .step; @realm (may be NULL) is that of sides
 * which do not say theirs.
 */
int iq_media_read(struct iq_work *work, struct iq_termination *termination,
		  const struct h248_media *media, struct realm *realm);

/* The whole Signals descriptor; NULL: it is bare and ends all signals. */
int iq_signals_read(struct iq_work *work, struct iq_termination *termination,
		    const struct h248_signal *list);

/* -- iq_audit.c, iq_audit_root.c, iq_statistics.c -------------------------- */

/* What @items (of an Audit) ask for, to the end of the list *@tail. */
int iq_audit(struct iq_work *work, const struct iq_termination *termination,
	     const struct h248_descriptor *items,
	     struct h248_descriptor ***tail);
int iq_audit_root(struct iq_work *work, const struct h248_descriptor *items,
		  struct h248_descriptor ***tail);

/* Parts of both. */
int iq_audit_packages(struct iq_work *work, struct h248_descriptor ***tail);
int iq_audit_nothing(struct iq_work *work, enum h248_token kind,
		     struct h248_descriptor ***tail);
int iq_audit_unknown(struct iq_work *work, enum h248_token kind);

/* Statistics, all or (@asked not NULL) those. */
int iq_statistics(struct iq_work *work,
		  const struct iq_termination *termination,
		  const struct h248_parameter *asked,
		  struct h248_descriptor ***tail);

/*
 * Moves the parameters of @from that @asked (NULL: all) names to the end of
 * *@list; a name that is nowhere in @from is an error @code.
 */
int iq_pick(struct iq_work *work, struct h248_parameter *from,
	    const struct h248_parameter *asked, enum iq_error code,
	    struct h248_parameter **list);

/* -- iq_reply.c ------------------------------------------------------------ */

/* 533. */
int iq_too_long(struct iq_work *work);

/* A node of the answer; NULL: there is no room for it, which is 533. */
void *iq_node(struct iq_work *work, size_t size);
bool iq_text(struct iq_work *work, struct sg_slice *copy, const char *text,
	     size_t size);

/* A parameter @name = @value at the end of *@list; texts are literals. */
int iq_parameter(struct iq_work *work, struct h248_parameter **list,
		 const char *name, const char *value);
int iq_parameter_number(struct iq_work *work, struct h248_parameter **list,
			const char *name, __u64 value);

struct h248_descriptor *iq_descriptor(struct iq_work *work,
				      enum h248_token kind,
				      struct h248_descriptor ***tail);

/* A reply to @command from @name, at the end of .reply; NULL: 533. */
struct h248_command *iq_reply(struct iq_work *work,
			      const struct h248_command *command,
			      struct sg_slice name);

/* Media with what the gateway chose for @termination, if anything. */
int iq_reply_media(struct iq_work *work,
		   const struct iq_termination *termination,
		   const struct h248_media *asked,
		   struct h248_descriptor ***tail);

/* A reply to @command that is .fault, and .fault as an error by itself. */
int iq_reply_fault(struct iq_work *work, const struct h248_command *command);
struct h248_error *iq_reply_error(struct iq_work *work);

#endif /* SRTPGATE_IQ_COMMAND_H */
