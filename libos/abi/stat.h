/* SPDX-License-Identifier: MIT */
/* ABI of stat(2), statx(2), from the UAPI headers. */
#pragma once

#include <linux/stat.h>
#include <asm/stat.h>
