/* SPDX-License-Identifier: MIT */
/* proc/procfs/procfs.h: what others ask about files of /proc/PID. */
#pragma once

struct file;
struct pid;

/* The process whose folder /proc/PID an open file is, borrowed from the file; NULL: it is something else. */
struct pid *procfs_process_pid(const struct file *file);
