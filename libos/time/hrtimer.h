/* SPDX-License-Identifier: MIT */
/*
 * Timers: call a function in interrupt context when a point in time is reached.
 *
 * Model. Each CPU has two trees of pending timers ordered by expiry, one on the monotonic and one on the
 * realtime scale, and arms its one-shot interrupt for whichever comes first. A timer is queued on the CPU
 * that starts it. There is no periodic tick behind this; precision is the hardware's.
 *
 * States: idle -> hrtimer_start() -> queued -> fires: running -> idle, or queued again when the function says so.
 *
 * Locking. The per-CPU base lock is irq-safe; it is not held while a function runs.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/rbtree.h"
#include "lib/types.h"

enum hrtimer_clock { HRTIMER_MONOTONIC, HRTIMER_REALTIME, HRTIMER_CLOCKS };
enum hrtimer_state { HRTIMER_IDLE, HRTIMER_QUEUED };

struct hrtimer;
/*
 * Interrupt context, interrupts off. Returns true to be queued again at t->expires_ns, which it then has moved
 * on (hrtimer_forward()). May start or try to cancel any timer; may not wait.
 */
typedef bool (*hrtimer_fn)(struct hrtimer *t);

/* Field legend: [I] immutable, [b] lock of the base it is on */
struct hrtimer {
	struct rb_node node;		/* [b] */
	uint64_t expires_ns;		/* [b] on the timer's clock */
	hrtimer_fn fn;			/* [I] */
	uint32_t cpu;			/* [b] whose base */
	uint8_t clock;			/* [I] enum hrtimer_clock */
	uint8_t state;			/* [b] enum hrtimer_state */
};

void hrtimer_init(struct hrtimer *t, enum hrtimer_clock clock, hrtimer_fn fn);
/* (Re)start: fire at or soon after expires_ns (absolute on its clock). Any context. */
void hrtimer_start(struct hrtimer *t, uint64_t expires_ns);
/* Start `delay_ns` from now. */
void hrtimer_start_rel(struct hrtimer *t, uint64_t delay_ns);
/* 1: was queued and is no more; 0: was idle; -1: its function is running on another CPU. Any context. */
int hrtimer_try_cancel(struct hrtimer *t);
/*
 * On return it is neither queued nor running. True when it was queued. Not from its own function, nor under
 * a lock that takes.
 */
bool hrtimer_cancel(struct hrtimer *t);
static inline bool hrtimer_active(const struct hrtimer *t)
{
	return READ_ONCE(t->state) != HRTIMER_IDLE;
}
/* ns until it fires; <= 0 when due. Meaningless when idle. */
int64_t hrtimer_remaining(const struct hrtimer *t);
/* Move expires_ns past now in steps of interval_ns (> 0): returns how many. In the function or when idle. */
uint64_t hrtimer_forward(struct hrtimer *t, uint64_t interval_ns);
