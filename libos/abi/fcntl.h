/* SPDX-License-Identifier: MIT */
/* ABI of open(2), fcntl(2), flock(2), from the UAPI headers. */
#pragma once

#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/falloc.h>
#include <linux/fadvise.h>
#include <linux/memfd.h>

/* Newer than some installed headers. */
#undef MFD_NOEXEC_SEAL
#undef MFD_EXEC
#undef F_SEAL_EXEC
#define MFD_NOEXEC_SEAL	0x8u
#define MFD_EXEC	0x10u
#define F_SEAL_EXEC	0x20
#define F_CREATED_QUERY	(F_LINUX_SPECIFIC_BASE + 4)
