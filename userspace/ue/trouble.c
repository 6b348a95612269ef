// SPDX-License-Identifier: GPL-2.0-only
#include "ue/trouble.h"

#include <errno.h>
#include <stdio.h>

#include "lib/mikey_text.h"
#include "lib/mikey_wire.h"

static bool is_proven(const struct mikey_trouble *trouble,
		      const struct trouble_cause *cause)
{
	struct mikey_fault ignored;

	if (trouble->is_signed)
		return cause->kms && !mikey_trouble_verify_sign(
					     trouble, cause->kms, &ignored);
	return cause->key &&
	       !mikey_trouble_verify(trouble, cause->key, MIKEY_PHASE_INIT,
				     &cause->rands, &ignored);
}

int trouble_explain(struct fault *fault, const char *who,
		    struct sg_slice octets, const struct trouble_cause *cause)
{
	struct mikey_trouble trouble;
	struct mikey_fault ignored;

	if (mikey_trouble_parse(&trouble, octets, &ignored) ||
	    trouble.csb_id != cause->csb_id)
		return fault_set(fault, EPROTO,
				 "the answer of %s is an Error message to "
				 "something else",
				 who);
	return fault_set(fault, EREMOTEIO, "%s refuses with \"%s\", error %d%s",
			 who, mikey_error_name(trouble.error[0]),
			 trouble.error[0],
			 is_proven(&trouble, cause) ?
				 "" : ", or somebody on the way does");
}

/* -- ours ------------------------------------------------------------------ */

static int print(char *text, size_t size, struct ue *ue, enum mikey_error error,
		 const struct trouble_cause *cause,
		 const struct description *description)
{
	const struct mikey_trouble trouble = {
		.prf = cause->prf,
		.csb_id = cause->csb_id,
		.t = ue_time(ue),
		.error = { error },
		.errors = 1,
	};
	char value[MIKEY_ATTRIBUTE_SIZE(256)];
	__u8 octets[256];
	int written = mikey_trouble_print(octets, sizeof(octets), &trouble,
					  cause->key, MIKEY_PHASE_INIT,
					  &cause->rands);

	if (written > 0)
		written = mikey_attribute_print(value, sizeof(value),
						mikey_slice(octets, written));
	return written < 0 ? written :
			     description_print(
				     text, size, description,
				     (struct sg_slice){ value, written });
}

int trouble_write(struct ue *ue, const char *path, enum mikey_error error,
		  const struct trouble_cause *cause,
		  const struct description *description, struct fault *fault)
{
	char text[DESCRIPTION_MAX + 1024];
	int size = print(text, sizeof(text), ue, error, cause, description);
	FILE *file;
	bool written;

	if (size < 0)
		return fault_set(fault, -size,
				 "the Error message cannot be written");
	file = fopen(path, "we");
	written = file && fwrite(text, 1, size, file) == (size_t)size;
	if (file && fclose(file))
		written = false;
	return written ? 0 :
			 fault_set(fault, errno, "%s cannot be written: %s",
				   path, strerror(errno));
}
