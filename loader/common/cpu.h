/* SPDX-License-Identifier: MIT */
/*
 * One-instruction inlines for the loaders: port I/O, CPUID, the CRC32 instruction. x86 only, like
 * the loaders themselves; the hosted tests run them on the build machine.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline void port_out8(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t port_in8(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_regs cpu_id(uint32_t leaf)
{
	struct cpuid_regs r;

	__asm__ volatile("cpuid"
			 : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
			 : "a"(leaf), "c"(0));
	return r;
}

/* CPUID.1:ECX bit 20, SSE4.2. CRC32 works on general registers and needs no SSE state. */
static inline bool cpu_has_crc32(void)
{
	return cpu_id(1).ecx & (1U << 20);
}

/* Long mode: CPUID 0x80000001 EDX bit 29. */
static inline bool cpu_has_long_mode(void)
{
	return cpu_id(0x80000000U).eax >= 0x80000001U &&
	       (cpu_id(0x80000001U).edx & (1U << 29));
}

/* 1 GiB pages: CPUID 0x80000001 EDX bit 26. */
static inline bool cpu_has_huge_pages(void)
{
	return cpu_id(0x80000000U).eax >= 0x80000001U &&
	       (cpu_id(0x80000001U).edx & (1U << 26));
}

static inline unsigned long cpu_crc32_word(unsigned long crc, unsigned long word)
{
	__asm__("crc32 %1, %0" : "+r"(crc) : "r"(word));
	return crc;
}

static inline uint32_t cpu_crc32_byte(uint32_t crc, uint8_t byte)
{
	__asm__("crc32b %1, %0" : "+r"(crc) : "q"(byte));
	return crc;
}

/* Copy and fill by string instructions: dst and src must not overlap. */
static inline void cpu_copy(void *dst, const void *src, size_t size)
{
	size_t words = size / sizeof(long);
	size_t rest = size % sizeof(long);

	if (sizeof(long) == 8)
		__asm__ volatile("rep movsq" : "+D"(dst), "+S"(src), "+c"(words) : : "memory");
	else
		__asm__ volatile("rep movsl" : "+D"(dst), "+S"(src), "+c"(words) : : "memory");
	__asm__ volatile("rep movsb" : "+D"(dst), "+S"(src), "+c"(rest) : : "memory");
}

static inline void cpu_fill(void *dst, uint8_t byte, size_t size)
{
	unsigned long pattern = byte * (~0UL / 0xff);
	size_t words = size / sizeof(long);
	size_t rest = size % sizeof(long);

	if (sizeof(long) == 8)
		__asm__ volatile("rep stosq" : "+D"(dst), "+c"(words) : "a"(pattern) : "memory");
	else
		__asm__ volatile("rep stosl" : "+D"(dst), "+c"(words) : "a"(pattern) : "memory");
	__asm__ volatile("rep stosb" : "+D"(dst), "+c"(rest) : "a"(pattern) : "memory");
}

static inline void cpu_halt(void)
{
	__asm__ volatile("hlt");
}
