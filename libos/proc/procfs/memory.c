/* SPDX-License-Identifier: MIT */
/* procfs/memory: what lies in a process's address space: maps, auxv, mem. */
#include "proc/procfs/internal.h"

#include "abi/errno.h"
#include "abi/ioctl.h"
#include "mm/iov.h"
#include "mm/mm.h"
#include "mm/slab.h"
#include "mm/vma.h"
#include "sched/sched.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/super.h"

static unsigned dev_major(uint64_t dev)
{
	return (unsigned)((dev >> 8 & 0xfff) | (dev >> 32 & ~0xfffUL));
}

static unsigned dev_minor(uint64_t dev)
{
	return (unsigned)((dev & 0xff) | (dev >> 12 & ~0xffUL));
}

/* Name of an area without a file: by what it is for, or NULL. */
static const char *area_name(const struct mm *mm, const struct vma *vma)
{
	const char *name = vma->ops && vma->ops->name ? vma->ops->name((struct vma *)vma) : NULL;

	if (name || vma->file)
		return name;
	if (vma->start < mm->brk && vma->end > mm->start_brk)
		return "[heap]";
	if (vma->flags & VM_STACK)
		return "[stack]";
	return NULL;
}

int procfs_print_area(struct strbuf *out, const struct mm *mm, const struct vma *vma)
{
	const struct file *file = vma->file;
	const char *name = area_name(mm, vma);
	size_t start = out->len;
	uint64_t dev = file ? file->inode->sb->dev : 0;

	strbuf_printf(out, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", vma->start, vma->end,
		      vma->flags & VM_READ ? 'r' : '-', vma->flags & VM_WRITE ? 'w' : '-',
		      vma->flags & VM_EXEC ? 'x' : '-', vma->flags & VM_SHARED ? 's' : 'p',
		      file ? (unsigned long)vma->pgoff << PAGE_SHIFT : 0UL, dev_major(dev), dev_minor(dev),
		      file ? (unsigned long)file->inode->ino : 0UL);
	if (name || file)
		strbuf_pad(out, start + PROCFS_NAME_COLUMN);
	if (name)
		strbuf_puts(out, name);
	else if (file && procfs_print_path(out, &file->path))
		return -ENOMEM;
	strbuf_putc(out, '\n');
	return 0;
}

int procfs_target_mm(const struct pseudo_target *t, struct mm **out)
{
	struct task *task;
	int err = procfs_task_access(t, &task);

	if (err)
		return err;
	*out = task_grab_mm(task);
	task_put(task);
	return 0;
}

#define AREAS_AT_ONCE	16

int procfs_for_each_area(const struct pseudo_target *t, procfs_area_fn fn, void *arg)
{
	unsigned left = AREAS_AT_ONCE;
	struct vma *vma;
	vaddr_t at;
	struct mm *mm;
	int err = procfs_target_mm(t, &mm);

	if (err || !mm)
		return err;
	mm_read_lock(mm);
	for (vma = vma_first(mm); vma && !err;) {
		at = vma->end;
		err = fn(mm, vma, arg);
		if (--left) {
			vma = vma_next(vma);
			continue;
		}
		/* Thousands must not keep the process from its memory: what changes meanwhile is shown or not. */
		left = AREAS_AT_ONCE;
		mm_read_unlock(mm);
		cond_resched();
		mm_read_lock(mm);
		vma = vma_find(mm, at);
	}
	mm_read_unlock(mm);
	mm_put(mm);
	return err ? err : 1;
}

static int print_area_line(const struct mm *mm, const struct vma *vma, void *out)
{
	return procfs_print_area(out, mm, vma);
}

int procfs_show_maps(struct strbuf *out, const struct pseudo_target *t)
{
	int err = procfs_for_each_area(t, print_area_line, out);

	return err < 0 ? err : 0;
}

int procfs_show_auxv(struct strbuf *out, const struct pseudo_target *t)
{
	struct mm *mm;
	int err = procfs_target_mm(t, &mm);

	if (err || !mm)
		return err;
	strbuf_write(out, mm->auxv, mm->nr_auxv * sizeof(mm->auxv[0]));
	mm_put(mm);
	return 0;
}

/* --- mem: the address space as a file --- */

/* The opener's rights decide; the address space stays that of this moment, as an exec makes another one. */
static int mem_open(struct inode *inode, struct file *file)
{
	struct mm *mm;
	int err = procfs_target_mm(pseudo_target_of(inode), &mm);

	file->private = err ? NULL : mm;
	return err;
}

static void mem_release(struct inode *inode, struct file *file)
{
	mm_put(file->private);
}

static ssize_t mem_transfer(struct kiocb *iocb, struct iov_iter *iter, bool write)
{
	struct mm *mm = iocb->file->private;
	char *page = mm ? kmalloc(PAGE_SIZE, GFP_KERNEL) : NULL;
	ssize_t done = 0;

	if (!mm)
		return 0;
	if (!page)
		return -ENOMEM;
	while (iov_count(iter)) {
		size_t want = iov_count(iter) < PAGE_SIZE ? iov_count(iter) : PAGE_SIZE, got;

		if (write && copy_from_iter(page, want, iter) < want)
			break;
		got = mm_access(mm, (vaddr_t)iocb->pos, page, want, write, true);
		if (!write)
			got = copy_to_iter(page, got, iter);
		iocb->pos += (loff_t)got;
		done += (ssize_t)got;
		if (got < want)
			break;
	}
	kfree(page);
	return done ? done : -EIO;
}

static ssize_t mem_read(struct kiocb *iocb, struct iov_iter *to)
{
	return mem_transfer(iocb, to, false);
}

static ssize_t mem_write(struct kiocb *iocb, struct iov_iter *from)
{
	return mem_transfer(iocb, from, true);
}

static loff_t mem_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t pos = whence == SEEK_CUR ? file->pos + offset : offset;

	if (whence != SEEK_SET && whence != SEEK_CUR)
		return -EINVAL;
	file->pos = pos;
	return pos;
}

const struct file_ops procfs_mem_ops = {
	.open = mem_open,
	.release = mem_release,
	.read_iter = mem_read,
	.write_iter = mem_write,
	.llseek = mem_llseek,
};
