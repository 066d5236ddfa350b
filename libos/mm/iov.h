/* SPDX-License-Identifier: MIT */
/*
 * iov_iter: where data goes to or comes from: user segments, kernel memory, or pages; consumed as it is copied.
 */
#pragma once

#include "abi/uio.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "mm/page.h"

enum iov_kind { IOV_USER, IOV_KERNEL };

/* A value on the caller's stack; no lock. */
struct iov_iter {
	enum iov_kind kind;
	const struct iovec *iov;	/* segment in use; iov_base is a kernel pointer for IOV_KERNEL */
	unsigned nr;			/* segments left, the one in use included */
	size_t offset;			/* consumed of the one in use */
	size_t count;			/* bytes left in all */
};

/* Room for a short vector without allocation. */
#define IOV_FAST	8

void iov_init_user(struct iov_iter *it, struct iovec *one, void __user *buf, size_t size);
void iov_init_kernel(struct iov_iter *it, struct iovec *one, void *buf, size_t size);
/*
 * Take a user vector: fast[] is used when it is large enough, else *out is kmalloc'd (free with kfree; NULL when not).
 * Lengths are checked as readv(2) says, sum cut to MAX_RW_COUNT. 0, -EINVAL, -EFAULT, -ENOMEM.
 */
int __must_check iov_import(struct iov_iter *it, const struct iovec __user *vec, unsigned long nr,
			    struct iovec *fast, struct iovec **out);

/* Copy up to n bytes; returns bytes copied (short: fault or end). May sleep unless page faults are disabled. */
size_t copy_to_iter(const void *from, size_t n, struct iov_iter *it);
size_t copy_from_iter(void *to, size_t n, struct iov_iter *it);
size_t zero_iter(size_t n, struct iov_iter *it);
void iov_advance(struct iov_iter *it, size_t n);
void iov_revert(struct iov_iter *it, size_t n);
/* Make the next n bytes readable without sleeping faults; bytes that are. */
size_t iov_fault_in_read(const struct iov_iter *it, size_t n);
static inline size_t iov_count(const struct iov_iter *it) { return it->count; }
static inline void iov_truncate(struct iov_iter *it, size_t n) { if (it->count > n) it->count = n; }

#define MAX_RW_COUNT	0x7ffff000UL	/* most bytes one read or write moves: write(2) */
