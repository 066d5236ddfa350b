/* SPDX-License-Identifier: MIT */
/*
 * Mapping the vDSO and its data page into a program.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct mm;

/*
 * Map data page and code into the mm being built, somewhere below its mmap base. Returns the code's address, for
 * AT_SYSINFO_EHDR; 0 if the kernel was built without a vDSO; or -ENOMEM. May sleep.
 */
long __must_check vdso_map(struct mm *mm);
