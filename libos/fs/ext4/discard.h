/* SPDX-License-Identifier: MIT */
/* discard: the device is told of blocks that nobody needs. For this folder. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct ext4_fs;
struct file;
struct fstrim_range;

/* These blocks are free and cannot be used before this returns. May sleep. */
void ext4_discard_blocks(struct ext4_fs *fs, uint64_t block, uint64_t count);
/* Says in the log when -o discard was asked of a device that cannot. */
void ext4_discard_check(const struct ext4_fs *fs);
/*
 * FITRIM: what is free in a range of bytes. 0 with urange->len bytes trimmed; -EPERM, -EOPNOTSUPP, -EROFS, -EINVAL,
 * -EFAULT, -EIO. Source: fstrim(8), and what Linux answers. May sleep.
 */
long ext4_ioctl_trim(struct file *file, struct fstrim_range __user *urange);
