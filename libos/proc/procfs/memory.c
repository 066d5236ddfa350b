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

#define RANGE_MAX	80		/* four numbers of 16 digits, two of 8 and what is between them */

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

static char *put_hex(char *to, unsigned long v, unsigned digits)
{
	while (digits < 16 && v >> 4 * digits)
		digits++;
	for (unsigned i = digits; i; v >>= 4)
		to[--i] = "0123456789abcdef"[v & 15];
	to[digits] = ' ';
	return to + digits;
}

/* "START-END rwxp OFFSET DEVICE". By hand, as there may be thousands of them. */
static char *put_range(char *to, const struct vma *vma)
{
	const struct file *file = vma->file;
	uint64_t dev = file ? file->inode->sb->dev : 0;

	to = put_hex(to, vma->start, 8);
	*to++ = '-';
	to = put_hex(to, vma->end, 8);
	to[1] = vma->flags & VM_READ ? 'r' : '-';
	to[2] = vma->flags & VM_WRITE ? 'w' : '-';
	to[3] = vma->flags & VM_EXEC ? 'x' : '-';
	to[4] = vma->flags & VM_SHARED ? 's' : 'p';
	to[5] = ' ';
	to = put_hex(to + 6, file ? vma->pgoff << PAGE_SHIFT : 0, 8);
	to = put_hex(to + 1, dev_major(dev), 2);
	*to++ = ':';
	return put_hex(to, dev_minor(dev), 2);
}

int procfs_print_area(struct strbuf *out, const struct mm *mm, const struct vma *vma)
{
	const struct file *file = vma->file;
	const char *name = area_name(mm, vma);
	size_t start = out->len;
	char *text = strbuf_reserve(out, RANGE_MAX);

	if (!text)
		return -ENOMEM;
	strbuf_commit(out, (size_t)(put_range(text, vma) - text));
	if (file)
		strbuf_printf(out, " %lu ", (unsigned long)file->inode->ino);
	else
		strbuf_puts(out, " 0 ");
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

int procfs_walk_areas(const struct pseudo_target *t, uint64_t *next, procfs_area_fn fn, void *arg)
{
	unsigned left = AREAS_AT_ONCE;
	struct vma *vma;
	struct mm *mm;
	int err = procfs_target_mm(t, &mm);

	if (err || !mm) {
		*next = PSEUDO_END;
		return err;
	}
	mm_read_lock(mm);
	for (vma = vma_find(mm, *next); vma && !err;) {
		*next = vma->end;
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
		vma = vma_find(mm, *next);
	}
	if (!vma)
		*next = PSEUDO_END;
	mm_read_unlock(mm);
	mm_put(mm);
	return err < 0 ? err : 1;
}

static int print_area_line(const struct mm *mm, const struct vma *vma, void *arg)
{
	struct strbuf *out = arg;
	int err = procfs_print_area(out, mm, vma);

	return err ? err : out->len >= PROCFS_PART;
}

int procfs_show_maps(struct strbuf *out, const struct pseudo_target *t, uint64_t *next)
{
	int err = procfs_walk_areas(t, next, print_area_line, out);

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
