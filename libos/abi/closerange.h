/* SPDX-License-Identifier: MIT */
/* ABI of close_range(2), from the UAPI headers. */
#pragma once

#include <linux/close_range.h>
