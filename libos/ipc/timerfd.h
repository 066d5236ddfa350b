/* SPDX-License-Identifier: MIT */
/* timerfd_create(2): a timer whose expirations are read from a descriptor. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;

struct timerfd_value {
	uint64_t value_ns, interval_ns;	/* value 0: disarmed */
};

/* clock: CLOCK_*; flags: TFD_NONBLOCK (TFD_CLOEXEC is the descriptor's). 0, -EINVAL, -ENOMEM. May sleep. */
int __must_check timerfd_new(int clock, unsigned flags, struct file **out);
/*
 * flags: TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET. -EINVAL: not a timerfd. *old gets the setting before.
 * May sleep.
 */
int __must_check timerfd_set(struct file *file, int flags, const struct timerfd_value *new,
			     struct timerfd_value *old);
int __must_check timerfd_get(struct file *file, struct timerfd_value *out);
