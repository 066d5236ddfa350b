/* SPDX-License-Identifier: MIT */
/*
 * vfs/exec.h: what loading a program needs of files.
 */
#pragma once

#include "lib/compiler.h"
#include "lib/types.h"

struct file;
struct mm;
struct path;
struct vfs_ctx;

/* Open a regular file for execution: EACCES rules of execve(2), writers kept out (ETXTBSY). May sleep. */
int __must_check vfs_open_exec(struct vfs_ctx *ctx, int dirfd, const char *name, unsigned lookup, struct file **out);
/* Let writers in again and drop the file. */
void vfs_close_exec(struct file *file);
/* Map part of it privately at a fixed page; prot PROT_*. Address or -errno. */
long __must_check vfs_map_exec(struct mm *mm, struct file *file, unsigned long addr, size_t size, unsigned prot,
			       loff_t offset);
/* Make it /proc/PID/exe, and keep writers out while the mm lives. */
void vfs_set_exe(struct mm *mm, struct file *file);
/* Set-id bits do not count on this path: nosuid mount. */
bool vfs_path_nosuid(const struct path *path);
