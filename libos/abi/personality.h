/* SPDX-License-Identifier: MIT */
/* ABI of personality(2), from the UAPI headers. */
#pragma once

#include <linux/personality.h>
