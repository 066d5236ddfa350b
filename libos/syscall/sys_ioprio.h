/* SPDX-License-Identifier: MIT */
/* sys_ioprio.h: who may ask for which I/O priority: ioprio_set(2), and requests of io_submit(2). */
#pragma once

#include "lib/compiler.h"

/* 0, -EINVAL for a value that is none, -EPERM for one the caller may not have. */
int __must_check check_ioprio(int value);
