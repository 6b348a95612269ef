// SPDX-License-Identifier: GPL-2.0-only
/* test_differential.c, with key stream made ahead. */
#include "../lib/ahead_way.h"

#include "test_differential.c"
