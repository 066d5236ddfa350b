/* SPDX-License-Identifier: MIT */
/*
 * procfs/args: cmdline and environ, read from the process's memory at the place of the file that the reader asks for,
 * however long they are: prctl(PR_SET_MM) may make them anything. Source: proc(5).
 */
#include "proc/procfs/internal.h"

#include "abi/errno.h"
#include "lib/string.h"
#include "mm/iov.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "vfs/file.h"
#include "vfs/inode.h"

/* Field legend: [o] of the reader */
struct source {
	struct mm *mm;			/* [o] */
	char *page;			/* [o] room for a page */
};

/* From [start, end) of the memory what iocb->pos says. Memory that cannot be read ends it. Bytes or -EFAULT. */
static ssize_t read_range(struct kiocb *iocb, struct iov_iter *to, const struct source *src, vaddr_t start, vaddr_t end)
{
	ssize_t done = 0;

	while (iov_count(to) && start < end && (uint64_t)iocb->pos < end - start) {
		vaddr_t at = start + (uint64_t)iocb->pos;
		size_t want = min_t(size_t, min(iov_count(to), PAGE_SIZE), end - at);
		size_t got = mm_access(src->mm, at, src->page, want, /*write=*/false, /*force=*/true);
		size_t copied = copy_to_iter(src->page, got, to);

		iocb->pos += (loff_t)copied;
		done += (ssize_t)copied;
		if (copied < got && !done)
			return -EFAULT;
		if (copied < want)
			break;
	}
	return done;
}

/* The last argument lost its NUL (setproctitle): all up to the first NUL, be it in the environment; a page at most. */
static ssize_t read_title(struct kiocb *iocb, struct iov_iter *to, const struct source *src, vaddr_t start)
{
	const char *page = src->page;
	size_t got = mm_access(src->mm, start, src->page, PAGE_SIZE, /*write=*/false, /*force=*/true);
	size_t len = strnlen(page, got), copied;

	if (len < got)
		len++;
	if ((uint64_t)iocb->pos >= len)
		return 0;
	len = min(len - (size_t)iocb->pos, iov_count(to));
	copied = copy_to_iter(page + iocb->pos, len, to);
	iocb->pos += (loff_t)copied;
	return len && !copied ? -EFAULT : (ssize_t)copied;
}

static ssize_t read_cmdline(struct kiocb *iocb, struct iov_iter *to, const struct source *src)
{
	struct mm *mm = src->mm;
	vaddr_t start = READ_ONCE(mm->arg_start), end = READ_ONCE(mm->arg_end), env_end = READ_ONCE(mm->env_end);
	vaddr_t all = READ_ONCE(mm->env_start) == end && env_end > end ? env_end : end;
	char last = 0;

	if (start >= end || (uint64_t)iocb->pos >= all - start)
		return 0;
	if (mm_access(mm, end - 1, &last, 1, /*write=*/false, /*force=*/true) == 1 && last)
		return read_title(iocb, to, src, start);
	return read_range(iocb, to, src, start, end);
}

/* Everybody may read the arguments of everybody. */
static ssize_t cmdline_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct task *task = procfs_task(pseudo_target_of(iocb->file->inode));
	struct source from = { NULL, NULL };
	ssize_t ret = -ENOMEM;

	if (!task)
		return -ESRCH;
	from.mm = task_grab_mm(task);
	task_put(task);
	if (!from.mm)
		return 0;
	from.page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (from.page)
		ret = read_cmdline(iocb, to, &from);
	kfree(from.page);
	mm_put(from.mm);
	return ret;
}

static ssize_t environ_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct source from = { NULL, NULL };
	ssize_t ret = procfs_target_mm(pseudo_target_of(iocb->file->inode), &from.mm);

	if (ret || !from.mm)
		return ret;
	ret = -ENOMEM;
	from.page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (from.page)
		ret = read_range(iocb, to, &from, READ_ONCE(from.mm->env_start), READ_ONCE(from.mm->env_end));
	kfree(from.page);
	mm_put(from.mm);
	return ret;
}

const struct file_ops procfs_cmdline_ops = { .read_iter = cmdline_read, .llseek = generic_llseek };
const struct file_ops procfs_environ_ops = { .read_iter = environ_read, .llseek = generic_llseek };
