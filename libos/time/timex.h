/* SPDX-License-Identifier: MIT */
/*
 * timex: what a time daemon tells the kernel of the realtime clock: its status, errors and TAI offset, and steps.
 *
 * The clock runs at the hardware's rate. Requests to change the rate, or to slew, are refused (-EOPNOTSUPP) unless they
 * ask for what is so already.
 */
#pragma once

#include "abi/time.h"
#include "lib/compiler.h"

/*
 * adjtimex(2): apply tx->modes, then fill *tx. `may_set`: the caller has CAP_SYS_TIME. Returns the clock's state
 * (TIME_OK, TIME_ERROR), -EPERM, -EINVAL, or -EOPNOTSUPP. May sleep.
 */
int __must_check timex_adjust(struct __kernel_timex *tx, bool may_set);
