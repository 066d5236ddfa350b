/* SPDX-License-Identifier: MIT */
/* What is common to the decompressors: see lib/decomp.h. */
#include "lib/decomp.h"

#include "abi/errno.h"
#include "lib/byteorder.h"
#include "lib/internal.h"

enum decomp_format decomp_detect(const void *src, size_t size)
{
	const uint8_t *p = src;
	uint32_t magic;

	if (size < 4)
		return DECOMP_NONE;
	magic = get_unaligned_le32(p);
	if (magic == ZSTD_MAGIC || (magic & ZSTD_SKIP_MASK) == ZSTD_SKIP_MAGIC)
		return DECOMP_ZSTD;
	if (p[0] == 0x1f && p[1] == 0x8b && p[2] == 8)
		return DECOMP_GZIP;
	/* RFC 1950: method 8, window up to 32 KiB, header divisible by 31, no preset dictionary. */
	if ((p[0] & 0x0f) == 8 && p[0] >> 4 <= 7 && (p[0] << 8 | p[1]) % 31 == 0 && !(p[1] & 0x20))
		return DECOMP_ZLIB;
	return DECOMP_NONE;
}

ssize_t decomp_workspace_size(const void *src, size_t size)
{
	switch (decomp_detect(src, size)) {
	case DECOMP_GZIP:
	case DECOMP_ZLIB:
		return INFLATE_WORKSPACE_SIZE;
	case DECOMP_ZSTD:
		return zstd_workspace_size(src, size);
	default:
		return -EINVAL;
	}
}

int decomp_any(struct decomp *d)
{
	switch (decomp_detect(d->src, d->src_size)) {
	case DECOMP_GZIP:
		return inflate_gzip(d);
	case DECOMP_ZLIB:
		return inflate_zlib(d);
	case DECOMP_ZSTD:
		return zstd_decompress(d);
	default:
		return -EINVAL;
	}
}
