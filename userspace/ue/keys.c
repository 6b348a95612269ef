// SPDX-License-Identifier: GPL-2.0-only
#include "ue/keys.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base64.h"
#include "lib/hex.h"
#include "lib/private_file.h"
#include "lib/secret.h"
#include "ue/tls_psk.h"

enum {
	KEY_TEXT = 2 * SG_INLINE_MAX + 1, /* base64 is shorter than hex */
	MKI_TEXT = 2 * SG_MKI_LONGEST + 1,
	LINE_MAX_SIZE = 64 + KEY_TEXT + MKI_TEXT + 32,
	TEXT_MAX_SIZE = STREAMS_MAX * (LINE_MAX_SIZE + 128) + 1024,
};

bool keys_option(struct keys_output *output, int option, const char *value)
{
	if (option == 'k')
		output->path = value;
	else if (option == 'F')
		output->format = value;
	return option == 'k' ||
	       (option == 'F' &&
		(!strcmp(value, "text") || !strcmp(value, "hex") ||
		 !strcmp(value, "json")));
}

/* -- as text --------------------------------------------------------------- */

static void print_key(char text[KEY_TEXT], const struct stream_key *stream,
		      bool hex)
{
	const struct sg_master_key *key = &stream->medium.key;
	const struct sg_suite_info *suite = sg_suite_info(key->suite);
	size_t size = suite->key + suite->salt;
	__u8 octets[SG_INLINE_MAX];

	memcpy(octets, key->key, suite->key);
	memcpy(octets + suite->key, key->salt, suite->salt);
	if (hex) {
		sg_hex_encode(text, octets, size);
	} else {
		sg_base64_encode(text, octets, size);
		text[SG_BASE64_SIZE(size)] = '\0';
	}
	sg_secret_zero(octets, sizeof(octets));
}

static int print_lines(char *text, size_t size, const struct stream_keys *keys,
		       bool hex)
{
	char key[KEY_TEXT], mki[MKI_TEXT];
	int at = 0;

	for (int i = 0; i < keys->streams; i++) {
		const struct stream_key *stream = &keys->stream[i];

		print_key(key, stream, hex);
		sg_hex_encode(mki, stream->medium.key.mki,
			  stream->medium.key.mki_length);
		at += snprintf(text + at, size - at, "%d %s %s %u %s %s%s%s\n",
			       stream->media + 1, stream->type,
			       stream->send ? "send" : "receive",
			       stream->medium.stream.ssrc,
			       sg_suite_name(stream->medium.key.suite), key,
			       *mki ? " " : "", mki);
	}
	sg_secret_zero(key, sizeof(key));
	return at;
}

/* -- as JSON --------------------------------------------------------------- */

static json_t *stream_json(const struct stream_key *stream)
{
	char key[KEY_TEXT], mki[MKI_TEXT];
	json_t *value;

	print_key(key, stream, false);
	sg_hex_encode(mki, stream->medium.key.mki, stream->medium.key.mki_length);
	value = json_pack("{s:i, s:s, s:s, s:I, s:s, s:s, s:s*}", "media",
			  stream->media + 1, "type", stream->type, "direction",
			  stream->send ? "send" : "receive", "ssrc",
			  (json_int_t)stream->medium.stream.ssrc, "suite",
			  sg_suite_name(stream->medium.key.suite), "key", key,
			  "mki", *mki ? mki : NULL);
	sg_secret_zero(key, sizeof(key));
	return value;
}

static int print_json(char *text, size_t size, const struct stream_keys *keys,
		      struct sg_slice peer)
{
	json_t *streams = json_array(), *all;
	int written;

	for (int i = 0; i < keys->streams; i++)
		json_array_append_new(streams, stream_json(&keys->stream[i]));
	all = json_pack("{s:s%, s:o}", "peer", peer.at, peer.size, "streams",
			streams);
	written = json_dumpb(all, text, size - 1, JSON_COMPACT);
	json_decref(all);
	if (!written || written >= (int)size)
		return -EIO;
	text[written++] = '\n';
	return written;
}

/* -- out ------------------------------------------------------------------- */

static int write_all(int fd, const char *text, size_t size, struct fault *fault)
{
	if (isatty(fd))
		return fault_set(fault, EPERM,
				 "keys are not written to a terminal");
	while (size) {
		ssize_t put = write(fd, text, size);

		if (put < 0 && errno != EINTR)
			return fault_set(fault, errno,
					 "the keys cannot be written: %s",
					 strerror(errno));
		if (put > 0) {
			text += put;
			size -= put;
		}
	}
	return 0;
}

static int put(const char *path, const char *text, size_t size,
	       struct fault *fault)
{
	__u64 fd;

	if (strncmp(path, "fd:", 3))
		return private_file_write(path, text, size, fault);
	if (!sg_slice_number(sg_slice_of(path + 3), 1023, &fd))
		return fault_set(fault, EINVAL,
				 "\"%.20s\" is no descriptor, fd:NUMBER", path);
	return write_all(fd, text, size, fault);
}

int keys_write(const struct keys_output *output, const struct stream_keys *keys,
	       struct sg_slice peer, struct fault *fault)
{
	const char *format = output->format ? output->format : "text";
	char text[TEXT_MAX_SIZE];
	int size, err;

	if (!output->path)
		return 0;
	if (!strcmp(format, "json"))
		size = print_json(text, sizeof(text), keys, peer);
	else
		size = print_lines(text, sizeof(text), keys,
				   !strcmp(format, "hex"));
	err = size < 0 ? fault_set(fault, -size, "the keys cannot be written") :
			 put(output->path, text, size, fault);
	sg_secret_zero(text, sizeof(text));
	return err;
}

/* -- TLS ------------------------------------------------------------------- */

static int print_tls_json(char *text, size_t size, const struct tls_psk *psk,
			  const char *key, struct sg_slice peer)
{
	json_t *all = json_pack("{s:s%, s:s, s:s}", "peer", peer.at, peer.size,
				"identity", psk->identity, "key", key);
	int written = json_dumpb(all, text, size - 1, JSON_COMPACT);

	json_decref(all);
	if (!written || written >= (int)size)
		return -EIO;
	text[written++] = '\n';
	return written;
}

static int print_tls(char *text, size_t size, const struct tls_psk *psk,
		     const char *format, struct sg_slice peer)
{
	char key[2 * MIKEY_KEY_MAX + 1];
	int written;

	if (!strcmp(format, "hex")) {
		sg_hex_encode(key, psk->key.octets, psk->key.size);
	} else {
		sg_base64_encode(key, psk->key.octets, psk->key.size);
		key[SG_BASE64_SIZE(psk->key.size)] = '\0';
	}
	if (!strcmp(format, "json"))
		written = print_tls_json(text, size, psk, key, peer);
	else
		written = snprintf(text, size, "%s %s\n", psk->identity, key);
	sg_secret_zero(key, sizeof(key));
	return written;
}

int keys_write_tls(const struct keys_output *output,
		   const struct session_source *source, struct sg_slice peer,
		   struct fault *fault)
{
	char text[TEXT_MAX_SIZE];
	struct tls_psk psk;
	int size, err;

	err = tls_psk_check_ticket(&source->transfer->policy, source->key[0],
				   fault);
	if (err || !output->path)
		return err;
	err = tls_psk_derive(&psk, source->transfer, source->answer,
			     source->key[0], fault);
	if (err)
		return err;
	size = print_tls(text, sizeof(text), &psk,
			 output->format ? output->format : "text", peer);
	err = size < 0 ? fault_set(fault, -size, "the keys cannot be written") :
			 put(output->path, text, size, fault);
	sg_secret_zero(text, sizeof(text));
	tls_psk_wipe(&psk);
	return err;
}
