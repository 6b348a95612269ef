/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Result lines for bench/run.sh, which makes the table and build/bench.json
 * of them. One line a row, fields separated by tabs:
 *
 *   row   name value unit peer peer_value goal
 *   skip  name reason
 */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

/* Appends to the file @path from now on; exits with a message if it cannot. */
void result_open(const char *path);

/*
 * @goal: "<=0.50" or ">=5", of value / peer_value; "value<=2", of the value
 * itself; "-" for none. @peer: what @peer_value is of; NULL when the row
 * stands alone.
 */
void result_row(const char *name, double value, const char *unit,
		const char *peer, double peer_value, const char *goal);
void result_skip(const char *name, const char *reason);

/* A line for the reader on standard error: what is being measured now. */
void result_note(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* Ends the program with a sentence; what was measured so far stays. */
void result_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

#endif /* BENCH_RESULT_H */
