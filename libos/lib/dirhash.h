/* SPDX-License-Identifier: MIT */
/*
 * The name hashes of ext4's hashed directories: the on-disk values of dx_root's hash_version. "Signed" and
 * "unsigned" say whether name bytes are sign-extended, an accident of the machine that made the volume.
 * Source: ext4 disk layout, "Hash Tree Directories"; MD4: RFC 1320; TEA: Wheeler and Needham, 1994.
 */
#pragma once

#include "lib/compiler.h"

enum dirhash_version {
	DIRHASH_LEGACY = 0,
	DIRHASH_HALF_MD4 = 1,
	DIRHASH_TEA = 2,
	DIRHASH_LEGACY_UNSIGNED = 3,
	DIRHASH_HALF_MD4_UNSIGNED = 4,
	DIRHASH_TEA_UNSIGNED = 5,
};

struct dirhash_result {
	uint32_t hash;
	uint32_t minor;
};

/*
 * Hash a name. seed: the superblock's four words (all 0: MD4's initial state is used). out->hash never has
 * bit 0 set (it means "continued") nor the end-of-directory value. Returns 0, or -EINVAL for an unknown version.
 */
int __must_check dirhash(enum dirhash_version version, const uint32_t seed[4], const char *name, size_t len,
			 struct dirhash_result *out);
