/* SPDX-License-Identifier: MIT */
/* rlimit.h: resource limits of a process. Source: getrlimit(2), prlimit(2). */
#pragma once

#include "lib/compiler.h"
#include "proc/task.h"

/*
 * Read (old != NULL) and then change (want != NULL) one limit of p. 0, -EINVAL (unknown, soft above hard), -EPERM
 * (raising
 * the hard one without CAP_SYS_RESOURCE, file limit above the system's). May sleep.
 */
int __must_check process_rlimit(struct process *p, unsigned resource, const struct rlimit64 *want,
				struct rlimit64 *old);
/* May current read or change the limits of t: 0 or -EPERM. */
int __must_check rlimit_may_access(struct task *t);
