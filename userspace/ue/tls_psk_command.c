// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue tls-psk: TR 33.829 8.3.1.2, once the ticket is transferred. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/private_file.h"
#include "ue/tls_psk_relay.h"
#include "ue/ue.h"

static int read_keys(struct tls_psk *psk, const char *path, struct fault *fault)
{
	char *text;
	int size = private_file_read(&text, path, fault), err;

	if (size < 0)
		return size;
	err = tls_psk_parse(psk, (struct sg_slice){ text, size }, fault);
	private_file_free(text, size);
	return err;
}

static int relay(SSL_CTX *tls, bool server, const char *address,
		 struct fault *fault)
{
	int fd = server ? tls_psk_accept(address, fault) :
			  tls_psk_connect(address, fault);
	int err;

	if (fd < 0)
		return fd;
	err = tls_psk_relay(tls, fd, STDIN_FILENO, STDOUT_FILENO, fault);
	close(fd);
	return err;
}

int run_tls_psk(struct ue *ue, int argc, char **argv, struct fault *fault)
{
	bool server = argc > 1 && !strcmp(argv[1], "listen");
	struct tls_psk psk;
	SSL_CTX *tls;
	int err;

	if (argc != 4 || (!server && strcmp(argv[1], "connect")))
		return fault_usage(fault);
	err = read_keys(&psk, argv[2], fault);
	if (err)
		return err;
	tls = tls_psk_open(&psk, server, ue->config.tls.plain_psk, fault);
	err = tls ? relay(tls, server, argv[3], fault) : -fault->error;
	SSL_CTX_free(tls);
	tls_psk_wipe(&psk);
	return err;
}
