/* SPDX-License-Identifier: MIT */
/* ABI of statfs(2), from the UAPI headers. */
#pragma once

#include <asm/statfs.h>
#include <linux/magic.h>
