/* SPDX-License-Identifier: MIT */
/* eventfd(2): a 64-bit counter that can be waited on. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;

/* flags: EFD_SEMAPHORE, EFD_NONBLOCK (EFD_CLOEXEC is the descriptor's). 0 or -errno. May sleep. */
int __must_check eventfd_create(unsigned count, unsigned flags, struct file **out);

/* Add from inside the kernel, saturating one below the limit as Linux does. Any context. */
void eventfd_signal(struct file *file, uint64_t n);
/* True for files made by eventfd_create(). */
bool file_is_eventfd(const struct file *file);
