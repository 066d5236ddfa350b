/* SPDX-License-Identifier: MIT */
/* sigmask.h: the signal mask of one waiting call: ppoll, pselect6, epoll_pwait. */
#pragma once

#include "abi/signal.h"
#include "abi/time.h"
#include "lib/compiler.h"
#include "lib/types.h"

/* Put the caller's mask in force. umask NULL: nothing, *masked false. 0, -EINVAL, -EFAULT. */
int __must_check wait_mask_take(const sigset_t __user *umask, size_t size, bool *masked);
/* Undo it, unless a signal ended the call (-EINTR): then delivery does, and the result is -ERESTARTNOHAND. */
long wait_mask_finish(long ret, bool masked);
/* A relative timeout as a deadline: 0 do not wait, WAIT_FOREVER. 0 or -EINVAL. */
int __must_check wait_deadline(const struct __kernel_timespec *ts, uint64_t *deadline);
