/* SPDX-License-Identifier: MIT */
/*
 * Byte order and unaligned access. On-disk and on-wire structures hold __le/__be fields (abi) or plain
 * integers; every read and write of them goes through these.
 */
#pragma once

#include "lib/compiler.h"

#define __HOST_LE	(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

static __always_inline uint16_t le16_to_cpu(uint16_t v) { return __HOST_LE ? v : __builtin_bswap16(v); }
static __always_inline uint32_t le32_to_cpu(uint32_t v) { return __HOST_LE ? v : __builtin_bswap32(v); }
static __always_inline uint64_t le64_to_cpu(uint64_t v) { return __HOST_LE ? v : __builtin_bswap64(v); }
static __always_inline uint16_t be16_to_cpu(uint16_t v) { return __HOST_LE ? __builtin_bswap16(v) : v; }
static __always_inline uint32_t be32_to_cpu(uint32_t v) { return __HOST_LE ? __builtin_bswap32(v) : v; }
static __always_inline uint64_t be64_to_cpu(uint64_t v) { return __HOST_LE ? __builtin_bswap64(v) : v; }

#define cpu_to_le16	le16_to_cpu
#define cpu_to_le32	le32_to_cpu
#define cpu_to_le64	le64_to_cpu
#define cpu_to_be16	be16_to_cpu
#define cpu_to_be32	be32_to_cpu
#define cpu_to_be64	be64_to_cpu

#define __DEFINE_UNALIGNED(order, bits) \
static __always_inline uint##bits##_t get_unaligned_##order##bits(const void *p) \
{ \
	uint##bits##_t v; \
	__builtin_memcpy(&v, p, sizeof(v)); \
	return order##bits##_to_cpu(v); \
} \
static __always_inline void put_unaligned_##order##bits(uint##bits##_t v, void *p) \
{ \
	v = order##bits##_to_cpu(v); \
	__builtin_memcpy(p, &v, sizeof(v)); \
}

__DEFINE_UNALIGNED(le, 16)
__DEFINE_UNALIGNED(le, 32)
__DEFINE_UNALIGNED(le, 64)
__DEFINE_UNALIGNED(be, 16)
__DEFINE_UNALIGNED(be, 32)
__DEFINE_UNALIGNED(be, 64)
