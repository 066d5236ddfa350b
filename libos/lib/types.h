/* SPDX-License-Identifier: MIT */
/*
 * Scalar types used everywhere: the freestanding standard ones, and the opaque scalars of this system.
 *
 * Types that libc also names (ssize_t, loff_t, pid_t, ...) are spelt exactly as on x86-64 Linux, so that
 * hosted tests may include libc headers beside this one.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef long loff_t;
typedef long off_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int mode_t;

typedef uint64_t paddr_t;	/* physical address */
typedef uint64_t pfn_t;		/* physical address >> PAGE_SHIFT */
typedef uintptr_t vaddr_t;	/* virtual address, user or kernel, used as a number */

#define BITS_PER_BYTE	8
#define BITS_PER_LONG	64
