// SPDX-License-Identifier: GPL-2.0-only
#include "lib/screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"

static volatile sig_atomic_t ended, resized, stopped;
static struct termios before;
static bool full, taken;

static void on_signal(int signal)
{
	if (signal == SIGWINCH || signal == SIGCONT)
		resized = 1;
	else if (signal == SIGTSTP)
		stopped = 1;
	else
		ended = 1;
}

static void put(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

static void take(void)
{
	struct termios raw;

	if (!full || taken)
		return;
	if (isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &before)) {
		raw = before;
		raw.c_lflag &= ~(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	put("\033[?1049h\033[?25l");
	taken = true;
}

static void give_back(void)
{
	if (!taken)
		return;
	put("\033[?25h\033[?1049l");
	if (isatty(STDIN_FILENO))
		tcsetattr(STDIN_FILENO, TCSANOW, &before);
	taken = false;
}

void screen_open(bool want_full)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE,
				      SIGWINCH, SIGCONT, SIGTSTP };
	struct sigaction action = { .sa_handler = on_signal };

	full = want_full;
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		if (full || caught[i] != SIGTSTP)
			sigaction(caught[i], &action, NULL);
	atexit(give_back);
	take();
}

void screen_close(void)
{
	give_back();
}

void screen_size(int *columns, int *rows)
{
	struct winsize size;

	*columns = 80;
	*rows = 24;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return;
	*columns = size.ws_col;
	*rows = size.ws_row;
}

void screen_paint(const char *text, size_t size)
{
	/* The last line's end would scroll the screen by one. */
	if (size >= strlen(SCREEN_LINE))
		size -= 1;
	fputs("\033[H", stdout);
	fwrite(text, 1, size, stdout);
	fputs("\033[J", stdout);
	fflush(stdout);
}

static void stop(void)
{
	stopped = 0;
	give_back();
	raise(SIGSTOP);
	take();
	resized = 1;
}

/* Signals are let in only while poll() sleeps: none is missed before it. */
static int sleep_until(unsigned long long deadline)
{
	struct pollfd key = { .fd = full && isatty(STDIN_FILENO) ?
					    STDIN_FILENO : -1,
			      .events = POLLIN };
	__u64 now = clock_ns(), left = deadline > now ? deadline - now : 0;
	struct timespec limit = { .tv_sec = left / 1000000000,
				  .tv_nsec = left % 1000000000 };
	sigset_t all, none;
	int ready;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &none);
	ready = ended || resized || stopped ?
			0 : ppoll(&key, 1, &limit, &none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	return ready;
}

int screen_wait(unsigned long long deadline)
{
	char key;
	int ready = sleep_until(deadline);

	if (stopped)
		stop();
	if (ended)
		return SCREEN_QUIT;
	if (resized) {
		resized = 0;
		return SCREEN_REDRAW;
	}
	if (ready > 0 && read(STDIN_FILENO, &key, 1) != 1)
		return SCREEN_QUIT;	/* the terminal is gone */
	return ready > 0 ? key : SCREEN_TIMEOUT;
}
