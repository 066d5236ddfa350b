/* SPDX-License-Identifier: MIT */
/*
 * Cyclic redundancy checks. Except crc32_ieee(), none inverts before or after: the caller's seed and the caller's
 * final complement, as the formats say, so that sums can be continued over several pieces. Any context.
 */
#pragma once

#include "lib/compiler.h"

/* CRC-32C (Castagnoli), reflected. ext4 and jbd2 metadata: seed ~0 or the file system's checksum seed. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

/*
 * The crc of a block after `len` bytes of it changed, with `behind` more bytes after them; `diff` is what was there,
 * XORed with what is there now. Costs what len costs, and little for behind.
 */
uint32_t crc32c_patch(uint32_t crc, const void *diff, size_t len, size_t behind);

/* CRC-32 (IEEE 802.3), reflected, raw. */
uint32_t crc32_le(uint32_t crc, const void *data, size_t len);
/* CRC-32 (IEEE 802.3), most significant bit first, raw: jbd2's old block checksums, bzip2. */
uint32_t crc32_be(uint32_t crc, const void *data, size_t len);
/* CRC-32 as zlib, gzip and GPT define it: crc32(0, ...) begins, the result continues. */
uint32_t crc32_ieee(uint32_t crc, const void *data, size_t len);

/* CRC-16 (polynomial 0x8005, reflected), raw: ext4 group descriptors without metadata_csum, seed ~0. */
uint16_t crc16(uint16_t crc, const void *data, size_t len);
