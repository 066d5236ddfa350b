/* SPDX-License-Identifier: MIT */
/* ABI of seccomp(2), from the UAPI headers. */
#pragma once

#include <linux/seccomp.h>
