// SPDX-License-Identifier: GPL-2.0-only
#include "kms/user.h"

#include "lib/mikey_identity.h"
#include "lib/secret.h"

void user_wipe(struct user *user)
{
	sg_secret_zero(user, sizeof(*user));
}

/* What we keep has no '*', so it matches as it is. */
bool user_has(const struct user *user, struct sg_slice identity)
{
	for (int i = 0; i < user->identities; i++)
		if (mikey_identity_matches(sg_slice_of(user->identity[i]),
					   identity))
			return true;
	return false;
}

static bool prints(struct sg_slice text)
{
	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] <= ' ' || text.at[i] > '~')
			return false;
	return true;
}

bool user_add_impu(struct user *user, struct sg_slice uri)
{
	struct sg_slice identity;

	return mikey_identity_of_uri(&identity, uri) &&
	       user_add_identity(user, identity);
}

bool user_add_identity(struct user *user, struct sg_slice identity)
{
	if (!prints(identity) || identity.size > USER_IDENTITY_MAX)
		return false;
	if (user_has(user, identity))
		return true;
	if (user->identities == USER_IDENTITIES_MAX)
		return false;
	memcpy(user->identity[user->identities], identity.at, identity.size);
	user->identity[user->identities++][identity.size] = '\0';
	return true;
}
