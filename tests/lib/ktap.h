/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results in KTAP, the kernel's dialect of the Test Anything Protocol. The
 * plan line comes last, so that a program which dies early has none and
 * tests/run.sh counts that as a failure.
 */
#ifndef SRTPGATE_TEST_KTAP_H
#define SRTPGATE_TEST_KTAP_H

#include <stdbool.h>

#define KTAP_PRINTF(text, first)                                               \
	__attribute__((format(printf, text, first)))

/* Prints "ok N name" or "not ok N name"; returns @ok. */
bool ktap(bool ok, const char *name, ...) KTAP_PRINTF(2, 3);

/* The same, "# SKIP reason". */
void ktap_skip(const char *reason, const char *name, ...) KTAP_PRINTF(2, 3);

/* A "# " line for the reader. */
void ktap_note(const char *format, ...) KTAP_PRINTF(1, 2);

/* Prints the plan; returns main()'s exit status. */
int ktap_finish(void);

/* Ends the program when the ground for the tests is missing. */
void ktap_bail_out(const char *format, ...)
	KTAP_PRINTF(1, 2) __attribute__((noreturn));

#endif /* SRTPGATE_TEST_KTAP_H */
