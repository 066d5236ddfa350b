/* SPDX-License-Identifier: MIT */
/* ABI of limits.h(0p), from the UAPI headers. */
#pragma once

#include <linux/limits.h>
