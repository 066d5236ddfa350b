/* SPDX-License-Identifier: MIT */
/* rseq(2). */
#include "abi/errno.h"
#include "abi/futex.h"
#include "proc/rseq.h"
#include "syscall/syscall.h"

long sys_rseq(struct rseq __user *area, unsigned int len, int flags, uint32_t sig)
{
	if (flags & RSEQ_FLAG_UNREGISTER)
		return flags & ~RSEQ_FLAG_UNREGISTER ? -EINVAL : rseq_unregister(area, len, sig);
	return flags ? -EINVAL : rseq_register(area, len, sig);
}
