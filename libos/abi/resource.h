/* SPDX-License-Identifier: MIT */
/* ABI of getrlimit(2), getrusage(2), getpriority(2), from the UAPI headers. */
#pragma once

#include <linux/resource.h>
