/* SPDX-License-Identifier: MIT */
/*
 * time.h: clocks and sleeping, in nanoseconds; include <libos/libos.h>.
 */
#pragma once

#include "libos/libos.h"

LIBOS_API_BEGIN

/* Since boot, never backwards; since 1970. Do not sleep. */
uint64_t libos_clock_ns(void);
uint64_t libos_realtime_ns(void);
void libos_sleep_ns(uint64_t ns);

LIBOS_API_END
