/* SPDX-License-Identifier: MIT */
/* ABI of uname(2), from the UAPI headers. */
#pragma once

#include <linux/utsname.h>
