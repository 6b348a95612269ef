// SPDX-License-Identifier: GPL-2.0-only
#include "gated/endpoints.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t octets(const struct endpoints *all)
{
	return (size_t)all->rows * SG_PORTS * sizeof(*all->entry);
}

/* Whoever reads it meanwhile finds the same bytes before and after. */
static int write_closed_stream(const struct sg_maps *maps)
{
	static const struct sg_stream closed = {
		.generation = SG_CLOSED_GENERATION,
		.state = SG_CLOSED_STREAM,
		.source_prefix = SG_PREFIX_NOBODY,
	};
	__u32 slot = SG_CLOSED_STREAM;

	return bpf_map_update_elem(maps->streams, &slot, &closed, BPF_ANY);
}

int endpoints_open(struct endpoints *all, const struct sg_maps *maps)
{
	int err = write_closed_stream(maps);

	if (err)
		return err;
	all->rows = maps->rows;
	all->entry = sg_map_mmap(maps->endpoints, octets(all));
	return all->entry ? 0 : -errno;
}

void endpoints_close(struct endpoints *all)
{
	sg_map_unmap(all->entry, octets(all));
	all->entry = NULL;
}

/* -- rows --------------------------------------------------------------------- */

static struct sg_address_key address_key(const struct realm *realm, int index)
{
	struct sg_address_key key = { .realm = realm->number };

	memcpy(key.address, realm->address[index], sizeof(key.address));
	return key;
}

static bool is_configured(const struct config *config,
			  const struct sg_address_key *key)
{
	for (int i = 0; i < config->realm_count; i++)
		for (int j = 0; j < config->realm[i].address_count; j++) {
			struct sg_address_key own =
				address_key(&config->realm[i], j);

			if (!memcmp(&own, key, sizeof(own)))
				return true;
		}
	return false;
}

/* Marks the rows in use, after ending those that the configuration lost. */
static void keep_rows(struct endpoints *all, int fd,
		      const struct config *config, bool *taken)
{
	struct sg_address_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &next);
	__u32 row;

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(fd, &key, &next);
		if (bpf_map_lookup_elem(fd, &key, &row) || row >= all->rows)
			continue;
		if (is_configured(config, &key))
			taken[row] = true;
		else
			bpf_map_delete_elem(fd, &key);
	}
}

static int assign_row(struct endpoints *all, int fd, struct realm *realm,
		      int index, bool *taken)
{
	struct sg_address_key key = address_key(realm, index);
	__u32 row;

	if (!bpf_map_lookup_elem(fd, &key, &realm->row[index]))
		return 0;
	for (row = 1; row < all->rows && taken[row]; row++)
		;
	if (row == all->rows)
		return -ENOSPC;
	taken[row] = true;
	realm->row[index] = row;
	memset(&all->entry[(size_t)row * SG_PORTS], 0,
	       SG_PORTS * sizeof(*all->entry));
	return bpf_map_update_elem(fd, &key, &row, BPF_ANY);
}

int endpoints_set_addresses(struct endpoints *all, const struct sg_maps *maps,
			    struct config *config, struct fault *fault)
{
	bool *taken = calloc(all->rows, sizeof(*taken));
	int err = taken ? 0 : -ENOMEM;

	if (!err)
		keep_rows(all, maps->addresses, config, taken);
	for (int i = 0; !err && i < config->realm_count; i++) {
		struct realm *realm = &config->realm[i];

		realm->homes = maps->homes;
		for (int j = 0; !err && j < realm->address_count; j++)
			err = assign_row(all, maps->addresses, realm, j, taken);
	}
	free(taken);
	if (err == -ENOSPC)
		return fault_set(fault, ENOSPC,
				 "the pinned maps have no room for another "
				 "local address; run srtpgated --flush, which "
				 "ends all contexts");
	return err ? fault_set(fault, -err,
			       "the local addresses cannot be entered: %s",
			       strerror(-err)) : 0;
}

struct sg_endpoint *endpoints_at(const struct endpoints *all,
				 const struct realm *realm,
				 const __be32 address[4], __be16 port)
{
	for (int i = 0; i < realm->address_count; i++)
		if (!memcmp(realm->address[i], address,
			    sizeof(realm->address[i])))
			return &all->entry[(size_t)realm->row[i] * SG_PORTS +
					   ntohs(port)];
	return NULL;
}

/* -- entries ------------------------------------------------------------------ */

void endpoint_publish(struct sg_endpoint *entry,
		      const struct sg_endpoint *value)
{
	__atomic_store_n(&entry->state, value->state, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->key, value->key, __ATOMIC_RELAXED);
	__atomic_store_n(&entry->word, value->word, __ATOMIC_RELEASE);
}

void endpoint_withdraw(struct sg_endpoint *entry)
{
	static const struct sg_endpoint none;

	endpoint_publish(entry, &none);
}

void endpoint_close(struct sg_endpoint *entry)
{
	static const struct sg_endpoint closed = {
		.stream = SG_CLOSED_STREAM,
		.generation = SG_CLOSED_GENERATION,
		.state = SG_CLOSED_STREAM,
	};

	endpoint_publish(entry, &closed);
}

bool endpoint_is_closed(const struct sg_endpoint *entry)
{
	return entry->stream == SG_CLOSED_STREAM;
}
