/* SPDX-License-Identifier: MIT */
/* What the files of api/ share. */
#pragma once

#include "proc/task.h"

/* The calling task's files and names, limits up to date. */
struct vfs_ctx *api_vfs(void);
/* A task of the first process, or a child of it, that calls fn(arg). Its id or -errno. May sleep. */
long __must_check api_fork(uint64_t flags, int exit_signal, void (*fn)(void *arg), void *arg);
