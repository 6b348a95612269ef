// SPDX-License-Identifier: GPL-2.0-only
/* test_rollover.c, the slow path's way. */
#include "../lib/slow_way.h"

#include "test_rollover.c"
