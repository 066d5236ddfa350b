/* SPDX-License-Identifier: MIT */
/*
 * The two CRCs of the boot path: CRC-32C (Castagnoli) over the payload file and CRC-32 (IEEE 802.3)
 * in GPT headers. Both reflected, initial value and final XOR all ones.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Compute the tables and choose the fastest way. Call once, before anything else here. */
void crc32_init(void);

/*
 * Continue a checksum: start with crc = 0, pass the last result to go on; the initial value and
 * the final XOR are inside. crc32c_table() never uses the CRC32 instruction (for the tests).
 */
uint32_t crc32c_update(uint32_t crc, const void *data, size_t size);
uint32_t crc32c_table(uint32_t crc, const void *data, size_t size);
uint32_t crc32_ieee(uint32_t crc, const void *data, size_t size);
