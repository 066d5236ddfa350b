/* SPDX-License-Identifier: MIT */
/*
 * initramfs: the archive that the boot loader hands over, unpacked into the initial root.
 *
 * Source: Documentation/driver-api/early-userspace/buffer-format.rst: cpio "newc" archives (070701, 070702), one after
 * another, each plain or compressed as a whole (gzip, zlib, Zstandard), zero bytes between them.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct vfs_ctx;

/* Did the boot loader hand an archive over? */
bool initramfs_present(void);

/*
 * Unpack it below ctx's root and give its memory back. 0, or the error of the first thing that failed, logged with the
 * name; what was unpacked stays. Thread context, after INIT_VFS; ctx may do everything. May sleep.
 */
int __must_check initramfs_unpack(struct vfs_ctx *ctx);

/* The same for any memory. */
int __must_check initramfs_unpack_memory(struct vfs_ctx *ctx, const void *data, size_t size);
