/* SPDX-License-Identifier: MIT */
/*
 * Byte ring for one producer and one consumer.
 *
 * head counts bytes ever written, tail bytes ever read; both run free, so empty is head == tail and full is
 * head - tail == size, with no byte wasted and no ambiguity. Only the producer writes head (release; pairs
 * with the consumer's acquire load) and only the consumer writes tail (the other way round), so the two
 * sides need no lock against each other. Zero-length operations do nothing.
 */
#pragma once

#include "lib/compiler.h"

/* Field legend: [I] immutable, [p] producer writes, [c] consumer writes */
struct ring {
	uint8_t *buf;		/* [I] the owner's memory */
	size_t size;		/* [I] a power of two */
	size_t head;		/* [p] */
	size_t tail;		/* [c] */
};

/* buf stays the caller's. size is a power of two. */
void ring_init(struct ring *r, void *buf, size_t size);
/* Empty it; neither side may be at work. */
void ring_reset(struct ring *r);

static inline size_t ring_used(const struct ring *r)
{
	return smp_load_acquire(&r->head) - smp_load_acquire(&r->tail);
}

static inline size_t ring_space(const struct ring *r)
{
	return r->size - ring_used(r);
}

static inline bool ring_empty(const struct ring *r)
{
	return ring_used(r) == 0;
}

static inline bool ring_full(const struct ring *r)
{
	return ring_used(r) == r->size;
}

/* Producer: copy in as much as fits; returns how much. */
size_t ring_write(struct ring *r, const void *src, size_t n);
/* Producer: the free bytes that lie together next (length in *n); ring_commit publishes the first n. */
void *ring_write_span(const struct ring *r, size_t *n);
void ring_commit(struct ring *r, size_t n);

/* Consumer: copy out up to n; returns how much. peek starts `skip` bytes in and leaves the content. */
size_t ring_read(struct ring *r, void *dst, size_t n);
size_t ring_peek(const struct ring *r, size_t skip, void *dst, size_t n);
/* Consumer: the bytes that lie together next (length in *n); ring_consume drops the first n (<= used). */
const void *ring_read_span(const struct ring *r, size_t *n);
void ring_consume(struct ring *r, size_t n);
