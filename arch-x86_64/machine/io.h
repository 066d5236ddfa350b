/* SPDX-License-Identifier: MIT */
/*
 * machine/io.h: arch/io.h's inlines. Device memory is mapped uncached, so accesses reach it in program order; the
 * barriers order them against ordinary memory. Fixed operand forms (a plain mov) keep hypervisors' decoders simple.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

static __always_inline uint8_t arch_in8(uint16_t port)
{
	uint8_t v;

	__asm__ __volatile__("inb %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static __always_inline void arch_out8(uint16_t port, uint8_t value)
{
	__asm__ __volatile__("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static __always_inline uint16_t arch_in16(uint16_t port)
{
	uint16_t v;

	__asm__ __volatile__("inw %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static __always_inline void arch_out16(uint16_t port, uint16_t value)
{
	__asm__ __volatile__("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static __always_inline uint32_t arch_in32(uint16_t port)
{
	uint32_t v;

	__asm__ __volatile__("inl %1, %0" : "=a"(v) : "Nd"(port) : "memory");
	return v;
}

static __always_inline void arch_out32(uint16_t port, uint32_t value)
{
	__asm__ __volatile__("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static __always_inline uint8_t arch_read8(const volatile void __iomem *addr)
{
	uint8_t v;

	__asm__ __volatile__("movb %1, %0" : "=q"(v) : "m"(*(const volatile uint8_t __force *)addr) : "memory");
	return v;
}

static __always_inline void arch_write8(volatile void __iomem *addr, uint8_t value)
{
	__asm__ __volatile__("movb %0, %1" : : "q"(value), "m"(*(volatile uint8_t __force *)addr) : "memory");
}

static __always_inline uint16_t arch_read16(const volatile void __iomem *addr)
{
	uint16_t v;

	__asm__ __volatile__("movw %1, %0" : "=r"(v) : "m"(*(const volatile uint16_t __force *)addr) : "memory");
	return v;
}

static __always_inline void arch_write16(volatile void __iomem *addr, uint16_t value)
{
	__asm__ __volatile__("movw %0, %1" : : "r"(value), "m"(*(volatile uint16_t __force *)addr) : "memory");
}

static __always_inline uint32_t arch_read32(const volatile void __iomem *addr)
{
	uint32_t v;

	__asm__ __volatile__("movl %1, %0" : "=r"(v) : "m"(*(const volatile uint32_t __force *)addr) : "memory");
	return v;
}

static __always_inline void arch_write32(volatile void __iomem *addr, uint32_t value)
{
	__asm__ __volatile__("movl %0, %1" : : "r"(value), "m"(*(volatile uint32_t __force *)addr) : "memory");
}

static __always_inline uint64_t arch_read64(const volatile void __iomem *addr)
{
	uint64_t v;

	__asm__ __volatile__("movq %1, %0" : "=r"(v) : "m"(*(const volatile uint64_t __force *)addr) : "memory");
	return v;
}

static __always_inline void arch_write64(volatile void __iomem *addr, uint64_t value)
{
	__asm__ __volatile__("movq %0, %1" : : "r"(value), "m"(*(volatile uint64_t __force *)addr) : "memory");
}

static __always_inline void arch_mb(void)
{
	__asm__ __volatile__("mfence" : : : "memory");
}

static __always_inline void arch_rmb(void)
{
	__asm__ __volatile__("lfence" : : : "memory");
}

static __always_inline void arch_wmb(void)
{
	__asm__ __volatile__("sfence" : : : "memory");
}
