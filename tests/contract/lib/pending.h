/* SPDX-License-Identifier: MIT */
/* For tests that block all signals and take them one by one. */
#pragma once

#include "lib/contract.h"

/* Of the last one that next() took. */
static siginfo_t info;

/* The next signal that is pending, 0: none. */
static inline int next(void)
{
	struct timespec none = { 0, 0 };
	sigset_t set;
	int sig;

	memset(&info, 0, sizeof(info));
	sigfillset(&set);
	sig = sigtimedwait(&set, &info, &none);
	return sig < 0 ? 0 : sig;
}
