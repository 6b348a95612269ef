// SPDX-License-Identifier: GPL-2.0-only
/* test_rtcp.c, the slow path's way. */
#include "../lib/slow_way.h"

#include "test_rtcp.c"
