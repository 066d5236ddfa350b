/* SPDX-License-Identifier: MIT */
/* sys_prctl_mm.h: the options of prctl(2) that change how memory is laid out. */
#pragma once

#include "lib/types.h"

/* PR_SET_MM, PR_SET_MM_MAP and its kin; arguments as the call has them. 0 or -errno. */
long prctl_set_mm(unsigned long what, unsigned long addr, unsigned long a4, unsigned long a5);
