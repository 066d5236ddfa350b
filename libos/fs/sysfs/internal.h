/* SPDX-License-Identifier: MIT */
/* internal.h: shared by the files of fs/sysfs only. */
#pragma once

#include "fs/pseudo/pseudo.h"

/* devices/system/cpu */
extern const struct pseudo_entry sysfs_cpu_entry;
