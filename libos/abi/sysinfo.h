/* SPDX-License-Identifier: MIT */
/* ABI of sysinfo(2), from the UAPI headers. */
#pragma once

#include <linux/sysinfo.h>
