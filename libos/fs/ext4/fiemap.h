/* SPDX-License-Identifier: MIT */
/* fiemap: where a file's blocks lie, told to programs. For this folder. */
#pragma once

#include "lib/compiler.h"

struct fiemap;
struct file;

/*
 * FS_IOC_FIEMAP, of a file or a folder. 0; -EBADR: flags that are not known (named in fm_flags), -EINVAL, -EFBIG,
 * -EFAULT, -EIO. Source: the kernel's documentation of fiemap, and what Linux answers. May sleep.
 */
long ext4_ioctl_fiemap(struct file *file, struct fiemap __user *umap);
/* FIBMAP: one block of a regular file, 0 for a hole. 0, -EPERM, -EINVAL, -ERANGE, -EFAULT, -EIO. May sleep. */
long ext4_ioctl_fibmap(struct file *file, int __user *ublock);
