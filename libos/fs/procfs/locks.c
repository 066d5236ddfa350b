/* SPDX-License-Identifier: MIT */
/* procfs/locks: see locks.h. Those who wait for a lock are not listed. */
#include "fs/procfs/locks.h"

#include "abi/stat.h"
#include "block/bdev.h"
#include "fs/procfs/internal.h"
#include "vfs/flock.h"
#include "vfs/inode.h"
#include "vfs/super.h"

void procfs_print_lock(struct strbuf *out, unsigned number, const struct inode *inode, const struct file_lock *lock)
{
	static const char *const kinds[] = {
		[FILE_LOCK_POSIX] = "POSIX ", [FILE_LOCK_OFD] = "OFDLCK", [FILE_LOCK_WHOLE] = "FLOCK ",
	};
	uint64_t dev = inode->sb->dev;

	strbuf_printf(out, "%u: %s ADVISORY  %s %d %02x:%02x:%lu %ld ", number, kinds[lock->kind],
		      lock->type == FILE_LOCK_WRITE ? "WRITE" : "READ", lock->pid, kdev_major(dev), kdev_minor(dev),
		      (unsigned long)inode->ino, (long)lock->start);
	if (lock->end == FILE_LOCK_EOF)
		strbuf_puts(out, "EOF\n");
	else
		strbuf_printf(out, "%ld\n", (long)lock->end);
}

/* Field legend: [o] of the reader */
struct lines {
	struct strbuf *out;		/* [o] */
	unsigned number;		/* [o] */
};

static void print_line(const struct inode *inode, const struct file_lock *lock, void *arg)
{
	struct lines *lines = arg;

	procfs_print_lock(lines->out, ++lines->number, inode, lock);
}

static int show_locks(struct strbuf *out, const struct pseudo_target *t)
{
	struct lines lines = { .out = out };

	(void)t;
	file_locks_all(print_line, &lines);
	return 0;
}

static const struct pseudo_entry lock_entries[] = {
	{ .name = "locks", .mode = S_IFREG | 0444, .show = show_locks },
};

int procfs_register_locks(void)
{
	return procfs_register("", lock_entries, ARRAY_SIZE(lock_entries));
}
