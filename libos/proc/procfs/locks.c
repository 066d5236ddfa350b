/* SPDX-License-Identifier: MIT */
/* procfs/locks: /proc/locks, and a lock's line there and in /proc/PID/fdinfo/. Source: proc(5). */
#include "abi/stat.h"
#include "block/bdev.h"
#include "proc/procfs/internal.h"
#include "vfs/flock.h"
#include "vfs/inode.h"
#include "vfs/super.h"

/* The number, for the reader, of the process that locked; -1: nobody's, but an open file's. 0: out of sight. */
static int owner_nr(const struct file_lock *lock)
{
	return lock->pid < 0 ? lock->pid : pid_nr_seen_from(lock->pid, current->pid_ns);
}

bool procfs_lock_visible(const struct file_lock *lock)
{
	return owner_nr(lock) != 0;
}

void procfs_print_lock(struct strbuf *out, const struct inode *inode, const struct file_lock *lock)
{
	static const char *const kinds[] = {
		[FILE_LOCK_POSIX] = "POSIX ", [FILE_LOCK_OFD] = "OFDLCK", [FILE_LOCK_WHOLE] = "FLOCK ",
	};
	uint64_t dev = inode->sb->dev;

	strbuf_printf(out, "%s ADVISORY  %s %d %02x:%02x:%lu %ld ", kinds[lock->kind],
		      lock->type == FILE_LOCK_WRITE ? "WRITE" : "READ", owner_nr(lock), kdev_major(dev),
		      kdev_minor(dev), (unsigned long)inode->ino, (long)lock->start);
	if (lock->end == FILE_LOCK_EOF)
		strbuf_puts(out, "EOF\n");
	else
		strbuf_printf(out, "%ld\n", (long)lock->end);
}

/* Field legend: [o] of the reader */
struct lines {
	struct strbuf *out;		/* [o] */
	unsigned number;		/* [o] of the lock that is held */
	bool shown;			/* [o] was it? */
};

/* Those who wait for a lock come after it, under its number. */
static void print_line(const struct inode *inode, const struct file_lock *lock, bool waits, void *arg)
{
	struct lines *lines = arg;

	if (!waits)
		lines->shown = procfs_lock_visible(lock);
	if (!waits && lines->shown)
		lines->number++;
	if (!lines->shown || !procfs_lock_visible(lock))
		return;
	strbuf_printf(lines->out, "%u: %s", lines->number, waits ? "-> " : "");
	procfs_print_lock(lines->out, inode, lock);
}

int procfs_show_locks(struct strbuf *out, const struct pseudo_target *t)
{
	struct lines lines = { .out = out };

	(void)t;
	file_locks_all(print_line, &lines);
	return 0;
}
