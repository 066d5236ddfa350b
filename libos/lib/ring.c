/* SPDX-License-Identifier: MIT */
/* Byte ring: see lib/ring.h for the protocol. */
#include "lib/ring.h"

#include "lib/string.h"

void ring_init(struct ring *r, void *buf, size_t size)
{
	*r = (struct ring){ .buf = buf, .size = size };
}

void ring_reset(struct ring *r)
{
	r->head = r->tail = 0;
}

void *ring_write_span(const struct ring *r, size_t *n)
{
	size_t at = r->head & (r->size - 1);

	/* The acquire of tail in ring_space pairs with ring_consume: the bytes there have been read. */
	*n = min(ring_space(r), r->size - at);
	return r->buf + at;
}

void ring_commit(struct ring *r, size_t n)
{
	smp_store_release(&r->head, r->head + n);	/* pairs with ring_used in the consumer */
}

size_t ring_write(struct ring *r, const void *src, size_t n)
{
	const uint8_t *p = src;
	size_t done, piece;
	void *to;

	for (done = 0; done < n; done += piece) {
		to = ring_write_span(r, &piece);
		if (!piece)
			break;
		piece = min(piece, n - done);
		memcpy(to, p + done, piece);
		ring_commit(r, piece);
	}
	return done;
}

const void *ring_read_span(const struct ring *r, size_t *n)
{
	size_t at = r->tail & (r->size - 1);

	*n = min(ring_used(r), r->size - at);
	return r->buf + at;
}

void ring_consume(struct ring *r, size_t n)
{
	smp_store_release(&r->tail, r->tail + n);	/* pairs with ring_space in the producer */
}

size_t ring_peek(const struct ring *r, size_t skip, void *dst, size_t n)
{
	size_t used = ring_used(r), at, first;

	if (skip >= used)
		return 0;
	n = min(n, used - skip);
	at = (r->tail + skip) & (r->size - 1);
	first = min(n, r->size - at);
	memcpy(dst, r->buf + at, first);
	memcpy((uint8_t *)dst + first, r->buf, n - first);
	return n;
}

size_t ring_read(struct ring *r, void *dst, size_t n)
{
	n = ring_peek(r, 0, dst, n);
	ring_consume(r, n);
	return n;
}
