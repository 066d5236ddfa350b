/* SPDX-License-Identifier: MIT */
/* ABI of stat(2), statx(2), from the UAPI headers. */
#pragma once

#include <linux/stat.h>
#include <asm/stat.h>

/* utimensat(2): the UAPI headers lack these. */
#define UTIME_NOW	((1L << 30) - 1)
#define UTIME_OMIT	((1L << 30) - 2)

/* Combined permission bits, by the names everyone uses; the UAPI header stops at the single ones. */
#define S_IRWXUGO	(S_IRWXU | S_IRWXG | S_IRWXO)
