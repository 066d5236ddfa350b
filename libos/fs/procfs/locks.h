/* SPDX-License-Identifier: MIT */
/* locks: a lock of a file as /proc/locks and /proc/PID/fdinfo/ show it. Source: proc(5). */
#pragma once

struct file_lock;
struct inode;
struct strbuf;

/* One line, with this number in front. */
void procfs_print_lock(struct strbuf *out, unsigned number, const struct inode *inode, const struct file_lock *lock);
