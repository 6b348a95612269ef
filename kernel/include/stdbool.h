/* SPDX-License-Identifier: GPL-2.0-only */
/* What the core calls by its name in userspace. */
#include <linux/types.h>
