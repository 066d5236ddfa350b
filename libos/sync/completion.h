/* SPDX-License-Identifier: MIT */
/*
 * completion: somebody waits until somebody else says it is done. Usable on the stack: the last thing
 * complete() does to it happens under the lock that the waiter takes before it returns.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "sync/waitq.h"

/* Field legend: [w] wq.lock */
struct completion {
	struct waitq wq;
	uint32_t done;			/* [w] completions not yet consumed; COMPLETION_ALL: for ever */
};
#define COMPLETION_ALL	UINT32_MAX

#define completion_init(c)								\
do {											\
	waitq_init(&(c)->wq, "completion");						\
	(c)->done = 0;									\
} while (0)

/* Let one waiter (complete) or all, now and later (complete_all) through. Any context. */
void complete(struct completion *c);
void complete_all(struct completion *c);
/* Forget past completions. Nobody waits. */
static inline void completion_reset(struct completion *c)
{
	c->done = 0;
}

/* May sleep. */
void wait_for_completion(struct completion *c);
/* 0, or -ERESTARTSYS when a signal (killable: a fatal one) came first. */
int __must_check wait_for_completion_interruptible(struct completion *c);
int __must_check wait_for_completion_killable(struct completion *c);
/* 0 or -ETIMEDOUT. */
int __must_check wait_for_completion_timeout(struct completion *c, uint64_t deadline_ns);
/* True when a completion was there and is consumed. Any context. */
bool try_wait_for_completion(struct completion *c);
