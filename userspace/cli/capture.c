// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fast path takes packets before any socket tap, so tcpdump on the
 * gateway does not see them. This asks the program for copies: settings
 * name the context, the ring buffer `captures` brings each packet as it came
 * (IN) and, if it was not dropped, as it left (OUT). The two have the same
 * time stamp, by which they are shown as a pair.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/describe.h"
#include "cli/packet.h"
#include "cli/snapshot.h"
#include "lib/clock.h"
#include "lib/screen.h"

enum {
	POLL_MS = 100,
	HELD = 32,		/* IN packets that wait for their OUT */
};

struct capture {
	struct cli *cli;
	struct context_view view;
	struct sg_settings *settings;
	int lock;		/* of the maps' folder: one capture at a time */
	FILE *file;		/* pcap, or NULL */
	double limit;		/* records, 0: no end */
	__u64 records, dropped;
	struct packet held[HELD]; /* IN, .length 0: free */
	__u64 held_since[HELD];
	int error;
};

/* -- showing ---------------------------------------------------------------- */

static void print_title(const struct packet *packet, const char *way)
{
	struct timespec time = packet_time(packet);
	char hour[16], what[96];
	struct tm local;
	text from, to;

	strftime(hour, sizeof(hour), "%H:%M:%S",
		 localtime_r(&time.tv_sec, &local));
	packet_describe(packet, what, sizeof(what));
	printf("%s%s.%06ld%s %s %s%-3s%s %s %s %s, %u bytes: %s\n",
	       style_on(DIM), hour, time.tv_nsec / 1000, style_off(),
	       describe_direction(packet->state & 1), style_on(BOLD), way,
	       style_off(),
	       describe_endpoint(from, packet->from, packet->from_port),
	       style_arrow(), describe_endpoint(to, packet->to, packet->to_port),
	       packet->length, what);
}

static void print_pair(const struct packet *in, const struct packet *out)
{
	int columns, rows;

	screen_size(&columns, &rows);
	if (in)
		print_title(in, "IN");
	if (out)
		print_title(out, "OUT");
	else
		printf("%snothing left: dropped, see srtpgate drop-reasons%s\n",
		       style_on(RED), style_off());
	packet_dump(in ? in : out, in ? out : NULL, columns, stdout);
	putchar('\n');
	fflush(stdout);
}

static int print_json(const struct capture *capture,
		      const struct packet *packet)
{
	struct timespec time = packet_time(packet);
	char hex[2 * SG_CAPTURE_BYTES + 1] = "";
	text from, to;

	for (__u32 i = 0; i < packet->length; i++)
		sprintf(hex + 2 * i, "%02x", packet->payload[i]);
	cli_print_json(json_pack(
		"{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:s}", "time_ns",
		time.tv_sec * (json_int_t)1000000000 + time.tv_nsec, "context",
		capture->view.context.name, "direction",
		describe_direction(packet->state & 1), "way",
		packet->out ? "out" : "in", "protocol",
		packet->rtcp ? "rtcp" : "rtp", "from",
		describe_endpoint(from, packet->from, packet->from_port), "to",
		describe_endpoint(to, packet->to, packet->to_port), "length",
		(int)packet->length, "payload", hex));
	return 0;
}

/* -- pairing ---------------------------------------------------------------- */

static void release(struct capture *capture, int i, const struct packet *out)
{
	print_pair(&capture->held[i], out);
	capture->dropped += !out;
	capture->held[i].length = 0;
}

static void hold(struct capture *capture, const struct packet *in)
{
	int oldest = 0;

	for (int i = 0; i < HELD; i++) {
		if (!capture->held[i].length) {
			oldest = i;
			break;
		}
		if (capture->held_since[i] < capture->held_since[oldest])
			oldest = i;
	}
	if (capture->held[oldest].length)
		release(capture, oldest, NULL);
	capture->held[oldest] = *in;
	capture->held_since[oldest] = clock_ns();
}

static void match(struct capture *capture, const struct packet *out)
{
	for (int i = 0; i < HELD; i++) {
		const struct packet *in = &capture->held[i];

		if (!in->length || in->time != out->time ||
		    in->state != out->state)
			continue;
		release(capture, i, out);
		return;
	}
	print_pair(NULL, out);
}

/* What has waited for @age ns has no other half. */
static void release_old(struct capture *capture, __u64 age)
{
	__u64 now = clock_ns();

	for (int i = 0; i < HELD; i++)
		if (capture->held[i].length &&
		    now - capture->held_since[i] >= age)
			release(capture, i, NULL);
}

/* -- the ring --------------------------------------------------------------- */

static bool is_full(const struct capture *capture)
{
	return capture->limit && capture->records >= capture->limit;
}

/* Where .remote is a filter, the other direction knows who sends. */
static void find_sender(const struct capture *capture, int direction,
			struct sg_stream *stream)
{
	const struct sg_maps *maps = &capture->cli->maps;
	struct sg_context context;
	struct sg_stream back;

	if (stream->flags & SG_STREAM_FILTER &&
	    !sg_maps_context(maps, capture->view.slot, &context) &&
	    !sg_maps_stream(maps, context.stream[!direction], &back))
		stream->remote = back.destination;
}

static int on_record(void *arg, void *data, size_t size)
{
	struct capture *capture = arg;
	const struct sg_event *event = data;
	struct sg_stream stream;
	struct packet packet;

	if (size < sizeof(*event) || event->state / 2 != capture->view.slot ||
	    is_full(capture) ||
	    sg_maps_stream(&capture->cli->maps, event->stream, &stream))
		return 0;
	find_sender(capture, event->state & 1, &stream);
	if (!packet_fill(&packet, event, size, &stream))
		return 0;
	capture->records++;
	if (capture->file)
		capture->error = packet_pcap(&packet, capture->file);
	else if (capture->cli->json)
		print_json(capture, &packet);
	else if (packet.out)
		match(capture, &packet);
	else
		hold(capture, &packet);
	return capture->error;
}

/* The slot may go to another call, which nobody asked to see. */
static bool is_alive(const struct capture *capture)
{
	struct sg_context context;

	return !sg_maps_context(&capture->cli->maps, capture->view.slot,
				&context) &&
	       context.used && context.created == capture->view.context.created &&
	       !strcmp(context.name, capture->view.context.name);
}

static int run(struct capture *capture, struct ring_buffer *ring)
{
	int err = 0;

	while (err >= 0 && !capture->error && !is_full(capture)) {
		if (screen_wait(0) == SCREEN_QUIT)
			break;
		if (!is_alive(capture)) {
			fprintf(stderr, "srtpgate: context \"%s\" has ended\n",
				capture->view.context.name);
			break;
		}
		err = ring_buffer__poll(ring, POLL_MS);
		if (err == -EINTR)
			err = 0;
		release_old(capture, POLL_MS * 1000000ULL);
		if (capture->file && fflush(capture->file))
			capture->error = -errno;
	}
	release_old(capture, 0);
	return capture->error ? capture->error : err < 0 ? err : 0;
}

static int ignore(void *arg, void *data, size_t size)
{
	(void)arg, (void)data, (void)size;
	return 0;
}

/* Throws away what an earlier capture left. */
static void drain(int fd)
{
	struct ring_buffer *ring = ring_buffer__new(fd, ignore, NULL, NULL);

	if (ring)
		ring_buffer__consume(ring);
	ring_buffer__free(ring);
}

static void ask_for(struct sg_settings *settings, __u32 state)
{
	__atomic_store_n(&settings->capture_mask, ~1U, __ATOMIC_RELEASE);
	__atomic_store_n(&settings->capture, state, __ATOMIC_RELEASE);
}

static int with_ring(struct capture *capture)
{
	struct ring_buffer *ring;
	int err;

	drain(capture->cli->maps.captures);
	ring = ring_buffer__new(capture->cli->maps.captures, on_record, capture,
				NULL);
	if (!ring)
		return -errno;
	ask_for(capture->settings, 2 * capture->view.slot);
	err = run(capture, ring);
	ask_for(capture->settings, 0);
	ring_buffer__free(ring);
	return err;
}

static int with_settings(struct capture *capture)
{
	int err;

	capture->settings = sg_map_mmap(capture->cli->maps.settings,
					sizeof(*capture->settings));
	if (!capture->settings)
		return cli_fail("cannot map the settings in %s: %s",
				capture->cli->root, strerror(errno));
	screen_open(false);
	err = with_ring(capture);
	sg_map_unmap(capture->settings, sizeof(*capture->settings));
	if (err)
		return cli_fail("capture of \"%s\": %s",
				capture->view.context.name, strerror(-err));
	if (!capture->cli->json)
		fprintf(stderr, "srtpgate: %llu packets captured\n",
			capture->records);
	return EXIT_OK;
}

/* -- the command ------------------------------------------------------------ */

/* Decrypted media goes there: nobody else may read it. */
static int open_file(struct capture *capture, const char *path)
{
	int fd;

	if (!path)
		return EXIT_OK;
	fd = strcmp(path, "-") ?
		     open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) :
		     dup(STDOUT_FILENO);
	capture->file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (capture->file && !packet_pcap_header(capture->file))
		return EXIT_OK;
	return cli_fail("%s: %s", path, strerror(errno));
}

/* The maps' own folder; the one above is locked by the daemon. */
static int take_lock(struct capture *capture)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/v%d", capture->cli->root,
		 SG_LAYOUT_VERSION);
	capture->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (capture->lock >= 0 && !flock(capture->lock, LOCK_EX | LOCK_NB))
		return EXIT_OK;
	if (errno == EWOULDBLOCK)
		return cli_fail("another srtpgate capture is running; end it "
				"first, there is one at a time");
	return cli_fail("%s: %s", path, strerror(errno));
}

static int start(struct capture *capture, const char *name, const char *path)
{
	int err, status = cli_open_maps(capture->cli);

	if (status)
		return status;
	err = snapshot_find(&capture->view, &capture->cli->maps, name);
	if (err == -ENOENT)
		return cli_fail("context \"%s\" does not exist; see srtpgate "
				"context show", name);
	if (err)
		return cli_fail("%s: %s", capture->cli->root, strerror(-err));
	status = take_lock(capture);
	if (!status)
		status = open_file(capture, path);
	if (!status)
		status = with_settings(capture);
	if (capture->file && fclose(capture->file) && !status)
		status = cli_fail("%s: %s", path, strerror(errno));
	if (capture->lock >= 0)
		close(capture->lock);
	return status;
}

int run_capture(struct cli *cli, int argc, char **argv)
{
	struct capture *capture = calloc(1, sizeof(*capture));
	const char *path = NULL;
	int option, status = EXIT_OK;

	if (!capture)
		return cli_fail("out of memory");
	capture->cli = cli;
	capture->lock = -1;
	while (!status && (option = getopt(argc, argv, "w:c:")) != -1) {
		if (option == 'w')
			path = optarg;
		else if (option == 'c')
			status = cli_number(&capture->limit, optarg, 1, 1e15,
					    "the count");
		else
			status = EXIT_USAGE;
	}
	if (!status && optind != argc - 1)
		status = cli_usage("capture takes the name of one context");
	if (!status)
		status = start(capture, argv[optind], path);
	free(capture);
	return status;
}
