/* SPDX-License-Identifier: GPL-2.0-only */
/* What the contracts in include/ call by its name in userspace. */
#include <linux/stddef.h>
