/* SPDX-License-Identifier: MIT */
/* ABI of xattr(7), from the UAPI headers. */
#pragma once

#include <linux/xattr.h>
