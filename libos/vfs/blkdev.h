/* SPDX-License-Identifier: MIT */
/* blkdev: what the files about block device nodes share: blkdev.c (reading and writing) and blkdev_ioctl.c. */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct bdev;
struct file;

/*
 * Has the running task this capability? Provided by proc/, once, before anything is opened: who asks by ioctl(2) is not
 * always who opened the file.
 */
void blkdev_set_capable(bool (*current_capable)(int cap));

/* file_ops.ioctl of an open block device. May sleep. */
long blkdev_ioctl(struct file *file, unsigned cmd, unsigned long arg);
/*
 * Write back what is dirty in these bytes and drop their pages from the cache, so that it does not hide what
 * is done to the device itself. 0; -EBUSY, as Linux, when somebody else has it mounted or open with O_EXCL, and uses
 * some of them; -errno. May sleep.
 */
int __must_check blkdev_drop_range(struct file *file, uint64_t start, uint64_t n);
/* Smallest transfer the device likes; bytes to its first physical sector. Any context. */
uint32_t blkdev_io_min(const struct bdev *bdev);
uint32_t blkdev_alignment(const struct bdev *bdev);
