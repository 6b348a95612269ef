// SPDX-License-Identifier: GPL-2.0-only
#include "lib/kms_http_pool.h"

#include <event2/bufferevent.h>
#include <event2/http.h>
#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"

enum {
	KEPT_MAX = 32,
	IDLE_MS = 3000,		/* less than servers wait before they close */
	LIFE_MS = 60000,
};

struct kept {
	struct kms_http_kept is;
	__u64 since;		/* ms, when it was put back */
};

struct kms_http_pool {
	struct kept kept[KEPT_MAX]; /* the last used last */
	int count;
};

static void free_kept(const struct kms_http_kept *kept)
{
	evhttp_connection_free(kept->connection);
	SSL_free(kept->ssl);
}

/* libevent takes the descriptor away from what the other end has closed. */
static bool is_good(const struct kept *kept)
{
	struct bufferevent *buffer =
		evhttp_connection_get_bufferevent(kept->is.connection);
	__u64 now = clock_ms();

	return bufferevent_getfd(buffer) >= 0 && now - kept->since < IDLE_MS &&
	       now - kept->is.made < LIFE_MS;
}

struct kms_http_pool *kms_http_pool_new(void)
{
	return calloc(1, sizeof(struct kms_http_pool));
}

void kms_http_pool_free(struct kms_http_pool *pool)
{
	for (int i = 0; pool && i < pool->count; i++)
		free_kept(&pool->kept[i].is);
	free(pool);
}

bool kms_http_pool_take(struct kms_http_pool *pool, struct kms_http_kept *kept)
{
	while (pool->count) {
		const struct kept *last = &pool->kept[--pool->count];

		*kept = last->is;
		if (is_good(last))
			return true;
		free_kept(kept);
	}
	return false;
}

void kms_http_pool_put(struct kms_http_pool *pool,
		       const struct kms_http_kept *kept)
{
	if (pool->count == KEPT_MAX) {
		free_kept(&pool->kept[0].is);
		memmove(&pool->kept[0], &pool->kept[1],
			--pool->count * sizeof(pool->kept[0]));
	}
	pool->kept[pool->count++] = (struct kept){ *kept, clock_ms() };
}
