// SPDX-License-Identifier: GPL-2.0-only
#include "kms/http_stream.h"

#include <errno.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

struct http_stream http_stream_of(int fd, SSL *ssl)
{
	if (ssl)
		SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE |
					  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
					  SSL_MODE_RELEASE_BUFFERS);
	return (struct http_stream){ fd, ssl, EV_READ, EV_WRITE };
}

static ssize_t tls_result(struct http_stream *stream, int result, short *wants)
{
	switch (SSL_get_error(stream->ssl, result)) {
	case SSL_ERROR_NONE:
		return result;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_WANT_READ:
		*wants = EV_READ;
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		*wants = EV_WRITE;
		return -EAGAIN;
	default:
		return -EIO;
	}
}

static ssize_t socket_result(ssize_t result)
{
	if (result >= 0)
		return result;
	return errno == EINTR || errno == EWOULDBLOCK ? -EAGAIN : -errno;
}

ssize_t http_stream_read(struct http_stream *stream, char *to, size_t size)
{
	if (!stream->ssl)
		return socket_result(recv(stream->fd, to, size, 0));
	ERR_clear_error();
	return tls_result(stream, SSL_read(stream->ssl, to, size),
			  &stream->read_wants);
}

ssize_t http_stream_write(struct http_stream *stream, const char *octets,
			  size_t size)
{
	if (!stream->ssl)
		return socket_result(
			send(stream->fd, octets, size, MSG_NOSIGNAL));
	ERR_clear_error();
	return tls_result(stream, SSL_write(stream->ssl, octets, size),
			  &stream->write_wants);
}

bool http_stream_holds(const struct http_stream *stream)
{
	return stream->ssl && SSL_pending(stream->ssl);
}

void http_stream_end(struct http_stream *stream)
{
	if (stream->ssl && SSL_is_init_finished(stream->ssl))
		SSL_shutdown(stream->ssl);
	shutdown(stream->fd, SHUT_WR);
	stream->read_wants = EV_READ;
}

ssize_t http_stream_discard(struct http_stream *stream)
{
	char octets[4096];

	return socket_result(recv(stream->fd, octets, sizeof(octets), 0));
}

void http_stream_close(struct http_stream *stream)
{
	SSL_free(stream->ssl);
	close(stream->fd);
}
