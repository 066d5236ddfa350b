/* SPDX-License-Identifier: MIT */
/* ABI of makedev(3), from the UAPI headers. */
#pragma once

#include <linux/major.h>
