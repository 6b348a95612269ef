/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a request failed: an errno and one sentence for people, which names
 * the thing and the remedy.
 */
#ifndef SRTPGATE_FAULT_H
#define SRTPGATE_FAULT_H

struct fault {
	int error;	/* positive errno */
	char text[256];
};

/* Fills @fault; returns -@error, so that callers can return its value. */
int fault_set(struct fault *fault, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A command was called in a wrong way: leaves @fault without a text, for its
 * usage says more than a sentence. Returns -EINVAL.
 */
int fault_usage(struct fault *fault);

#endif /* SRTPGATE_FAULT_H */
