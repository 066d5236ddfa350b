/* SPDX-License-Identifier: MIT */
/* ABI of statfs(2), from the UAPI headers. */
#pragma once

#include <asm/statfs.h>
#include <linux/magic.h>

/* statvfs(3) flag bits beyond the mount(2) ones; the UAPI headers lack them. */
#define ST_VALID	0x0020
#define ST_NOATIME	0x0400
#define ST_RELATIME	0x1000
