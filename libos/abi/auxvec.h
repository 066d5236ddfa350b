/* SPDX-License-Identifier: MIT */
/* ABI of getauxval(3), from the UAPI headers. */
#pragma once

#include <linux/auxvec.h>
#include <asm/auxvec.h>
