/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The terminal as a full screen: plain ANSI sequences on the alternate
 * screen, single keys, resizes. The terminal is given back as it was found,
 * at exit and before a stop by Ctrl-Z.
 */
#ifndef SRTPGATE_SCREEN_H
#define SRTPGATE_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* What screen_wait() may return besides a key. */
enum { SCREEN_TIMEOUT = 0, SCREEN_REDRAW = -1, SCREEN_QUIT = -2 };

/*
 * Catches the signals that end, stop or resize a program. @full: takes the
 * terminal, too; false when standard output is none, then only signals work.
 */
void screen_open(bool full);
void screen_close(void);

/* Columns and rows now; 80 by 24 when nobody knows. */
void screen_size(int *columns, int *rows);

/* Replaces what is shown by @text, whose lines end in SCREEN_LINE. */
#define SCREEN_LINE "\033[K\n"
void screen_paint(const char *text, size_t size);

/* Waits for a key or @deadline (ns, CLOCK_MONOTONIC). */
int screen_wait(unsigned long long deadline);

#endif /* SRTPGATE_SCREEN_H */
