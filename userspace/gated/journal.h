/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The journal of Iq: what a restarted daemon must know besides the pinned
 * maps, in an SQLite file. Changes gather and become lasting together at
 * journal_commit(), which comes before the answers to them are sent. It has
 * to survive the daemon's death, not the host's: contexts end with the maps.
 *
 * No key is ever written here.
 */
#ifndef SRTPGATE_JOURNAL_H
#define SRTPGATE_JOURNAL_H

#include <linux/types.h>
#include <stddef.h>

#include "lib/fault.h"

struct journal;

/*
 * Opens or makes the file. One of other maps than @instance, or that cannot be
 * read, is put aside as PATH.old with a warning. All file descriptors are open
 * afterwards. Negative errno with @fault.
 */
int journal_open(struct journal **journal, const char *path, __u64 instance,
		 struct fault *fault);
void journal_close(struct journal *journal);

/* Each -EIO when the file refuses; the journal then warns, once. */
int journal_put_context(struct journal *journal, __u32 id, const void *record,
			size_t size);
int journal_drop_context(struct journal *journal, __u32 id);
int journal_put_reply(struct journal *journal, const char *peer, __u32 id,
		      const void *text, size_t size);
int journal_drop_reply(struct journal *journal, const char *peer, __u32 id);
int journal_put_state(struct journal *journal, const void *record, size_t size);
int journal_commit(struct journal *journal);

/* Reading back, at start. A callback's negative value ends it. */
typedef int journal_record(void *arg, __u32 id, const void *record,
			   size_t size);
typedef int journal_reply(void *arg, const char *peer, __u32 id,
			  const void *text, size_t size, __u32 age_ms);

int journal_contexts(struct journal *journal, journal_record *each, void *arg);
int journal_replies(struct journal *journal, journal_reply *each, void *arg);
/* -ENOENT: there is none. */
int journal_state(struct journal *journal, journal_record *one, void *arg);

#endif /* SRTPGATE_JOURNAL_H */
