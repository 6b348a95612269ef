// SPDX-License-Identifier: GPL-2.0-only
#include "lib/prometheus.h"

#include <errno.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "lib/host_port.h"

enum {
	REQUEST_MAX = 8 << 10,	/* octets of headers, and of a body */
	HOST_MAX = 256,
};

struct prometheus {
	struct evhttp *http;
	prometheus_write *write;
	void *arg;
};

void prometheus_head(struct evbuffer *out, const char *name, const char *type,
		     const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help,
			    name, type);
}

static void plain(struct evbuffer *out, const char *name, __u64 value)
{
	evbuffer_add_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

void prometheus_gauge(struct evbuffer *out, const char *name, const char *help,
		      __u64 value)
{
	prometheus_head(out, name, "gauge", help);
	plain(out, name, value);
}

void prometheus_counter(struct evbuffer *out, const char *name,
			const char *help, __u64 value)
{
	prometheus_head(out, name, "counter", help);
	plain(out, name, value);
}

void prometheus_one_of(struct evbuffer *out, const char *name,
		       const char *label, const char *text, __u64 value)
{
	evbuffer_add_printf(out, "%s{%s=\"", name, label);
	for (; *text; text++) {
		if (*text == '\n')
			evbuffer_add(out, "\\n", 2);
		else if (*text == '"' || *text == '\\')
			evbuffer_add_printf(out, "\\%c", *text);
		else
			evbuffer_add(out, text, 1);
	}
	evbuffer_add_printf(out, "\"} %llu\n", (unsigned long long)value);
}

/* us: 50, 100, 200, 500 and so on. */
static const __u32 bounds[PROMETHEUS_BOUNDS] = {
	50,	100,	200,	500,	 1000,	  2000,	   5000,    10000,
	20000,	50000,	100000, 200000,	 500000,  1000000, 2000000, 5000000,
};

void prometheus_observe(struct prometheus_histogram *histogram, __u64 ns)
{
	int i = 0;

	while (i < PROMETHEUS_BOUNDS && ns > bounds[i] * 1000ULL)
		i++;
	histogram->count[i]++;
	histogram->sum += ns;
}

void prometheus_histogram(struct evbuffer *out, const char *name,
			  const char *help,
			  const struct prometheus_histogram *histogram)
{
	__u64 count = 0;

	prometheus_head(out, name, "histogram", help);
	for (int i = 0; i <= PROMETHEUS_BOUNDS; i++) {
		count += histogram->count[i];
		if (i < PROMETHEUS_BOUNDS)
			evbuffer_add_printf(out, "%s_bucket{le=\"%g\"} %llu\n",
					    name, bounds[i] / 1e6,
					    (unsigned long long)count);
		else
			evbuffer_add_printf(out, "%s_bucket{le=\"+Inf\"} %llu\n",
					    name, (unsigned long long)count);
	}
	evbuffer_add_printf(out, "%s_sum %.9f\n%s_count %llu\n", name,
			    histogram->sum / 1e9, name,
			    (unsigned long long)count);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct prometheus *prometheus = arg;
	struct evbuffer *out = evbuffer_new();

	if (!out) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	prometheus->write(out, prometheus->arg);
	evhttp_add_header(evhttp_request_get_output_headers(request),
			  "Content-Type", "text/plain; version=0.0.4");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

int prometheus_open(struct prometheus **out, struct event_base *base,
		    const char *where, prometheus_write *write, void *arg,
		    struct fault *fault)
{
	struct prometheus *prometheus;
	char host[HOST_MAX];
	int port;

	if (!*where)
		return 0;
	if (sg_host_port(where, host, sizeof(host), &port))
		return fault_set(fault, EINVAL,
				 "metrics = \"%s\" must be an address and a "
				 "port, such as \"127.0.0.1:9464\"",
				 where);
	prometheus = calloc(1, sizeof(*prometheus));
	if (!prometheus)
		return fault_set(fault, ENOMEM, "out of memory");
	*prometheus = (struct prometheus){ evhttp_new(base), write, arg };
	if (!prometheus->http ||
	    evhttp_bind_socket(prometheus->http, host, port)) {
		fault_set(fault, errno ? errno : ENOMEM,
			  "the metrics cannot be served at %s: %s", where,
			  strerror(errno));
		prometheus_close(prometheus);
		return -fault->error;
	}
	evhttp_set_max_headers_size(prometheus->http, REQUEST_MAX);
	evhttp_set_max_body_size(prometheus->http, REQUEST_MAX);
	evhttp_set_allowed_methods(prometheus->http, EVHTTP_REQ_GET);
	evhttp_set_cb(prometheus->http, "/metrics", on_request, prometheus);
	*out = prometheus;
	return 0;
}

void prometheus_close(struct prometheus *prometheus)
{
	if (!prometheus)
		return;
	if (prometheus->http)
		evhttp_free(prometheus->http);
	free(prometheus);
}
