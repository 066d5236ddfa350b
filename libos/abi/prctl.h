/* SPDX-License-Identifier: MIT */
/* ABI of prctl(2), arch_prctl(2), from the UAPI headers. */
#pragma once

#include <linux/prctl.h>
#include <asm/prctl.h>
