/* SPDX-License-Identifier: MIT */
/* sys_rw.h: reading and writing as the calling program, signals of failed writes included: read(2) and io_submit(2). */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;
struct iov_iter;

/* At the file's own position. Bytes or -errno. May sleep. */
ssize_t __must_check rw_here(struct file *file, struct iov_iter *it, bool write, unsigned iocb_flags);
/* At `pos`: -EINVAL for a negative one, -ESPIPE where there are no positions. May sleep. */
ssize_t __must_check rw_at(struct file *file, struct iov_iter *it, loff_t pos, bool write, unsigned iocb_flags);
/* RWF_* of preadv2(2) to IOCB_*: 0 or -EOPNOTSUPP. */
int __must_check rw_flags(unsigned int flags, unsigned *iocb_flags);
