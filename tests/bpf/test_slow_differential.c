// SPDX-License-Identifier: GPL-2.0-only
/* test_differential.c, the slow path's way. */
#define SLOW_WAY_BY_RATE 1
#include "../lib/slow_way.h"

#include "test_differential.c"
