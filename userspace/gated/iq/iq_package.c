// SPDX-License-Identifier: GPL-2.0-only
/* What TS 29.334 5.14 lists and the gateway has. */
#include "gated/iq/iq_side.h"

#include "lib/cursor.h"

const struct iq_package iq_packages[] = {
	{ "g", 1 },		/* H.248.1 E.1 */
	{ "root", 2 },		/* H.248.1 E.2 */
	{ "nt", 1 },		/* H.248.1 E.11 */
	{ "rtp", 1 },		/* H.248.1 E.12 */
	{ "ipnapt", 1 },	/* H.248.37 */
	{ "gm", 2 },		/* H.248.43 */
	{ "tman", 1 },		/* H.248.53 */
	{ "ipdc", 1 },		/* H.248.41 */
	{ "hangterm", 1 },	/* H.248.36 */
	{ "ds", 2 },		/* H.248.52 */
	{ "rtcph", 1 },		/* H.248.57 */
	{ "it", 1 },		/* H.248.14 */
	{ "ocp", 1 },		/* H.248.11 */
	{ "ipra", 1 },		/* H.248.41 Amd. 1 */
	{ "adid", 1 },		/* H.248.40 */
	{ NULL, 0 },
};

int iq_item_unknown(struct sg_slice name, enum iq_error code,
		    struct iq_fault *fault)
{
	struct sg_cursor in = sg_cursor_of_slice(name);
	struct sg_slice package = sg_cursor_until(&in, '/');

	for (const struct iq_package *one = iq_packages; one->name; one++)
		if (sg_slice_is_nocase(package, one->name))
			return iq_fault_value(fault, code, name);
	return iq_fault_value(fault, IQ_UNKNOWN_PACKAGE, name);
}
