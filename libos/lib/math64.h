/* SPDX-License-Identifier: MIT */
/* 64-bit arithmetic with wide intermediates, without libgcc's 128-bit division. */
#pragma once

#include "lib/compiler.h"

/* (a * b) >> shift, exact for results that fit. shift 0..127. */
static __always_inline uint64_t mul_u64_u64_shr(uint64_t a, uint64_t b, unsigned shift)
{
	return (uint64_t)(((unsigned __int128)a * b) >> shift);
}

static __always_inline uint64_t mul_u64_u32_shr(uint64_t a, uint32_t b, unsigned shift)
{
	return mul_u64_u64_shr(a, b, shift);
}

/* a * b / c rounded down, with a 128-bit product; saturates at UINT64_MAX. c != 0. */
uint64_t mul_u64_u64_div_u64(uint64_t a, uint64_t b, uint64_t c);

uint64_t gcd_u64(uint64_t a, uint64_t b);
/* Floor of the square root. */
uint64_t int_sqrt(uint64_t x);
