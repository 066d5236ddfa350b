/* SPDX-License-Identifier: MIT */
/* ABI of reboot(2), from the UAPI headers. */
#pragma once

#include <linux/reboot.h>
