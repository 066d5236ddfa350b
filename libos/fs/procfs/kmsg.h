/* SPDX-License-Identifier: MIT */
/* kmsg: the kernel log as text, read once by all together: /proc/kmsg and syslog(2). */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct iov_iter;
struct log_record;

/* One record in dmesg's form. Length. */
int kmsg_print(const struct log_record *r, char *out, size_t size);
/* What was not read yet, as far as it fits. Bytes; -EAGAIN (nothing, not waiting), -ERESTARTSYS, -EFAULT, -ENOMEM. */
ssize_t __must_check kmsg_read(struct iov_iter *to, bool wait);
/* Bytes a read of all would give, or -ENOMEM. May sleep. */
ssize_t __must_check kmsg_unread(void);
