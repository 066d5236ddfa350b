/* SPDX-License-Identifier: MIT */
/*
 * machine/io.h of the hosted build. There are no ports (reads give all ones, as an empty bus does); device
 * memory is plain memory, so that a driver can be run against a model of its device.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

#define HOST_DEFINE_IO(bits) \
static inline uint##bits##_t arch_read##bits(const volatile void __iomem *addr) \
{ \
	return *(const volatile uint##bits##_t __force *)addr; \
} \
static inline void arch_write##bits(volatile void __iomem *addr, uint##bits##_t value) \
{ \
	*(volatile uint##bits##_t __force *)addr = value; \
}

HOST_DEFINE_IO(8)
HOST_DEFINE_IO(16)
HOST_DEFINE_IO(32)
HOST_DEFINE_IO(64)

#define HOST_DEFINE_PORT(bits) \
static inline uint##bits##_t arch_in##bits(uint16_t port) \
{ \
	(void)port; \
	return (uint##bits##_t)-1; \
} \
static inline void arch_out##bits(uint16_t port, uint##bits##_t value) \
{ \
	(void)port; \
	(void)value; \
}

HOST_DEFINE_PORT(8)
HOST_DEFINE_PORT(16)
HOST_DEFINE_PORT(32)

static inline void arch_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void arch_rmb(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static inline void arch_wmb(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}
