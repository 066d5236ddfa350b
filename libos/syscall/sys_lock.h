/* SPDX-License-Identifier: MIT */
/* sys_lock.h: the record-lock commands of fcntl(2), for sys_file.c. */
#pragma once

struct file;

/* F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ forms; arg points to a struct flock in user memory. May sleep. */
long fcntl_lock(int fd, struct file *file, unsigned cmd, unsigned long arg);
