/* SPDX-License-Identifier: MIT */
/* ABI of getrandom(2), random(4), from the UAPI headers. */
#pragma once

#include <linux/random.h>
