/* SPDX-License-Identifier: MIT */
/*
 * The kernel's side of the vDSO data page.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"
#include "time/vdso_data.h"

/*
 * The page, for exec to map read-only (PTE_PROT_SPECIAL: not reference-counted); page aligned,
 * VDSO_DATA_SIZE bytes.
 */
void *vdso_data_page(void);
/* settimeofday(2)'s time zone. */
void vdso_set_timezone(int minuteswest, int dsttime);
void vdso_get_timezone(int *minuteswest, int *dsttime);
/* Publish again: the architecture's clock parameters changed. Any context. */
void vdso_update(void);
