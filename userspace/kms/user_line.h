/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user as a line of words, for import:
 *
 *	B-TID EXPIRES KEY IMPU [IMPU...]
 *
 * EXPIRES	s since 1970, or +N: in N seconds, or 0: never
 * KEY		as in lib/gba_key.h
 * IMPU		a SIP URI; others, tel: for one, are passed over
 */
#ifndef SRTPGATE_KMS_USER_LINE_H
#define SRTPGATE_KMS_USER_LINE_H

#include "kms/user.h"
#include "lib/fault.h"

/*
 * The words; none says a part of a key in its errors. -EINVAL with @fault.
 * @now: s since 1970; @name: of the KMS.
 */
int user_read_btid(struct sg_slice word, struct fault *fault);
int user_read_expires(struct user *user, struct sg_slice word, __u64 now,
		      struct fault *fault);
int user_read_key(struct user *user, struct sg_slice word,
		  struct sg_slice btid, const char *name, struct fault *fault);

/* A whole line; *@btid is inside it. After an error @user is zero. */
int user_read_line(struct user *user, struct sg_slice *btid,
		   struct sg_slice line, __u64 now, const char *name,
		   struct fault *fault);

#endif /* SRTPGATE_KMS_USER_LINE_H */
