/* SPDX-License-Identifier: MIT */
/*
 * The page user space reads the time from. Shared with libos/vdso/: only fixed-width types, no kernel header.
 *
 * Written by time/clock.c under its lock as a sequence count: odd while it changes; readers retry.
 *	mono_ns = base_ns + ((cycles - base_cycles) * mult >> shift);  real_ns = mono_ns + realtime_offset_ns
 */
#pragma once

#include <stdint.h>

#define VDSO_DATA_SIZE	4096

struct vdso_data {
	uint32_t sequence;
	uint32_t usable;		/* 0: make the system call, whatever the clock */
	uint64_t base_cycles;
	uint64_t base_ns;
	uint32_t mult;
	uint32_t shift;
	int64_t realtime_offset_ns;
	uint32_t realtime_known;	/* 0: make the system call for CLOCK_REALTIME and CLOCK_TAI */
	int32_t tai_offset;		/* seconds */
	uint32_t coarse_resolution_ns;	/* clock_getres of the _COARSE clocks */
	int32_t tz_minuteswest;		/* gettimeofday's second argument */
	int32_t tz_dsttime;
	uint64_t random_generation;	/* reserved for vgetrandom */
};
