/* SPDX-License-Identifier: MIT */
/* sys_seccomp.h: what prctl(2) has of seccomp(2). */
#pragma once

/* PR_SET_SECCOMP: 0, -EINVAL, -EACCES, -EFAULT, -ENOMEM. */
long prctl_set_seccomp(unsigned long mode, unsigned long prog);
