/* SPDX-License-Identifier: MIT */
/*
 * path.h: names from user memory. Short ones live on the caller's stack.
 */
#pragma once

#include "abi/fcntl.h"
#include "abi/limits.h"
#include "lib/compiler.h"
#include "proc/task.h"
#include "vfs/namei.h"

#define USER_PATH_INLINE	128

struct file;

struct user_path {
	const char *name;
	char *heap;			/* kmalloc'd when the inline space was too short */
	char text[USER_PATH_INLINE];
};

/* Copy a path. -EFAULT, -ENAMETOOLONG, -ENOENT when empty (unless empty_ok), -ENOMEM. May sleep. */
int __must_check user_path_get(struct user_path *p, const char __user *path, bool empty_ok);
void user_path_put(struct user_path *p);

/* Who asks: the current task's context with its limits as they are now. */
struct vfs_ctx *current_vfs(void);
/* EFBIG for this file came from RLIMIT_FSIZE, so that SIGXFSZ goes with it, and not from what the volume can hold. */
bool over_size_limit(const struct file *file);
