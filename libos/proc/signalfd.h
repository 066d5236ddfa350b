/* SPDX-License-Identifier: MIT */
/* signalfd.h: signals as file contents. Source: signalfd(2). */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;

/* A new descriptor's file for the signals of mask. flags: O_NONBLOCK or 0. */
int __must_check signalfd_create(uint64_t mask, unsigned flags, struct file **out);
/* Change the mask of one; -EINVAL when it is no signalfd. */
int __must_check signalfd_change(struct file *file, uint64_t mask);
