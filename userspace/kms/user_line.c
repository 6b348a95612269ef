// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user_line.h"

#include <errno.h>
#include <limits.h>

#include "lib/cursor.h"
#include "lib/gba_key.h"

int user_read_btid(struct sg_slice word, struct fault *fault)
{
	char text[SG_SHOWN_TEXT];

	if (word.size > USER_BTID_MAX)
		return fault_set(fault, EINVAL,
				 "a B-TID has at most %d characters",
				 USER_BTID_MAX);
	for (size_t i = 0; i < word.size; i++)
		if (word.at[i] <= ' ' || word.at[i] > '~')
			return fault_set(fault, EINVAL,
					 "the B-TID %s has a character that "
					 "does not print",
					 sg_slice_show(text, word));
	if (!word.size || !memchr(word.at, '@', word.size))
		return fault_set(fault, EINVAL,
				 "%s is no B-TID: that is "
				 "base64(RAND)@the BSF's domain",
				 sg_slice_show(text, word));
	return 0;
}

int user_read_expires(struct user *user, struct sg_slice word, __u64 now,
		      struct fault *fault)
{
	bool later = word.size && *word.at == '+';
	__u64 number;

	if (!sg_slice_number((struct sg_slice){ word.at + later,
						word.size - later },
			     INT_MAX * 4ull, &number))
		return fault_set(fault, EINVAL,
				 "the end of a user's time is a number of "
				 "seconds since 1970, +seconds from now, or "
				 "0 for never");
	user->expires = later ? now + number : number;
	return 0;
}

int user_read_key(struct user *user, struct sg_slice word,
		  struct sg_slice btid, const char *name, struct fault *fault)
{
	user->naf_key.size = NAF_KEY_SIZE;
	return gba_key_parse(user->naf_key.octets, word, btid, name, fault);
}

static int read_words(struct user *user, struct sg_slice *btid,
		      struct sg_slice line, __u64 now, const char *name,
		      struct fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(line);
	struct sg_slice expires, key, impu;
	int err;

	*btid = sg_cursor_word(&c);
	expires = sg_cursor_word(&c);
	key = sg_cursor_word(&c);
	err = user_read_btid(*btid, fault);
	if (!err)
		err = user_read_expires(user, expires, now, fault);
	if (!err)
		err = user_read_key(user, key, *btid, name, fault);
	for (impu = sg_cursor_word(&c); impu.size; impu = sg_cursor_word(&c))
		user_add_impu(user, impu);
	if (!err && !user->identities)
		return fault_set(fault, EINVAL,
				 "the user has no public identity that is a "
				 "SIP URI, sip:user@domain");
	return err;
}

int user_read_line(struct user *user, struct sg_slice *btid,
		   struct sg_slice line, __u64 now, const char *name,
		   struct fault *fault)
{
	int err;

	user_wipe(user);
	err = read_words(user, btid, line, now, name, fault);
	if (err)
		user_wipe(user);
	return err;
}
