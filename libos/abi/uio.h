/* SPDX-License-Identifier: MIT */
/* ABI of readv(2), from the UAPI headers. */
#pragma once

#include <linux/uio.h>
