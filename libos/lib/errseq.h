/* SPDX-License-Identifier: MIT */
/*
 * errseq: an error that several observers are told of, each of them once (Linux: Documentation/core-api/errseq.rst).
 *
 * The low 12 bits of a sequence hold the errno, bit 15 tells that somebody was told, the rest counts: each error that
 * comes after that changes the value. Who begins to watch while nobody was told of an error will be. Any context.
 */
#pragma once

#include "lib/types.h"

#define ERRSEQ_ERRNO	0xfffULL
#define ERRSEQ_SEEN	0x8000ULL

/* Record err, a negative errno. */
static inline void errseq_set(uint64_t *seq, int err)
{
	uint64_t old = __atomic_load_n(seq, __ATOMIC_RELAXED), new;

	do {
		new = ((old >> 16) + (!old || (old & ERRSEQ_SEEN) ? 1 : 0)) << 16 | ((uint64_t)-err & ERRSEQ_ERRNO);
	} while (!__atomic_compare_exchange_n(seq, &old, new, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
}

/* What an observer who begins now has seen. */
static inline uint64_t errseq_sample(const uint64_t *seq)
{
	uint64_t now = __atomic_load_n(seq, __ATOMIC_ACQUIRE);

	return now & ERRSEQ_SEEN ? now : 0;
}

/* The error that the observer has not seen, or 0; now it has. The caller serialises the observer's calls. */
static inline int errseq_check(uint64_t *seq, uint64_t *seen)
{
	uint64_t now = __atomic_load_n(seq, __ATOMIC_ACQUIRE);

	if (((now ^ *seen) & ~ERRSEQ_SEEN) == 0)
		return 0;
	/* Lost to a new error: that one is told the next time. */
	__atomic_compare_exchange_n(seq, &now, now | ERRSEQ_SEEN, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	*seen = now | ERRSEQ_SEEN;
	return -(int)(now & ERRSEQ_ERRNO);
}
