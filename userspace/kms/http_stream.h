/* SPDX-License-Identifier: GPL-2.0-only */
/* Octets of a connection, in the clear or in TLS, without waiting. */
#ifndef SRTPGATE_KMS_HTTP_STREAM_H
#define SRTPGATE_KMS_HTTP_STREAM_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/types.h>

struct http_stream {
	int fd;			/* non-blocking */
	SSL *ssl;		/* NULL: in the clear */
	/* EV_READ or EV_WRITE: what the other waits for after -EAGAIN. */
	short read_wants, write_wants;
};

struct http_stream http_stream_of(int fd, SSL *ssl);

/* Octets; 0: there will be no more; -EAGAIN: not now; or another errno. */
ssize_t http_stream_read(struct http_stream *stream, char *to, size_t size);
ssize_t http_stream_write(struct http_stream *stream, const char *octets,
			  size_t size);

/* There is more to read already, of which the socket knows nothing. */
bool http_stream_holds(const struct http_stream *stream);

/* Tells the other end that nothing more comes. */
void http_stream_end(struct http_stream *stream);

/* Reads and throws away what the other end sends after that; as read. */
ssize_t http_stream_discard(struct http_stream *stream);

/* Also frees .ssl. */
void http_stream_close(struct http_stream *stream);

#endif /* SRTPGATE_KMS_HTTP_STREAM_H */
