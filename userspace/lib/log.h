/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log lines for people: one sentence a line on standard error, which names
 * the thing and, where there is one, the remedy. Under systemd each line
 * starts with <N>, the syslog priority (sd-daemon(3)).
 *
 * Nothing secret is ever an argument here.
 */
#ifndef SRTPGATE_LOG_H
#define SRTPGATE_LOG_H

#include <syslog.h>

/* @program goes in front of each line, except under systemd. */
void sg_log_open(const char *program);

/* @priority: LOG_ERR to LOG_DEBUG; debug lines only after sg_log_verbose. */
void sg_log(int priority, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void sg_log_verbose(void);

#define sg_error(...) sg_log(LOG_ERR, __VA_ARGS__)
#define sg_warning(...) sg_log(LOG_WARNING, __VA_ARGS__)
#define sg_notice(...) sg_log(LOG_NOTICE, __VA_ARGS__)
#define sg_debug(...) sg_log(LOG_DEBUG, __VA_ARGS__)

#endif /* SRTPGATE_LOG_H */
