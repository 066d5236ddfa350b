/* SPDX-License-Identifier: MIT */
/* ABI of open(2), fcntl(2), flock(2), from the UAPI headers. */
#pragma once

#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/falloc.h>
#include <linux/fadvise.h>
#include <linux/memfd.h>

/* Newer than some installed headers. */
#define F_CREATED_QUERY	(F_LINUX_SPECIFIC_BASE + 4)
