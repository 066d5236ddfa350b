/* SPDX-License-Identifier: MIT */
/*
 * process_vm_readv(2), process_vm_writev(2), process_madvise(2): another process's memory, without stopping it. Data
 * goes through a page of the kernel's, as the two address spaces are never loaded together.
 */
#include "abi/errno.h"
#include "abi/limits.h"
#include "abi/mman.h"
#include "mm/iov.h"
#include "mm/mmap.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/pidfd.h"
#include "proc/task.h"
#include "proc/task_parts.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

/* The address space of a task that current may trace; NULL with *err. */
static struct mm *traced_mm(struct task *t, int *err)
{
	struct mm *mm = NULL;

	*err = t ? task_may_access(current, t) : -ESRCH;
	if (!*err) {
		mm = task_grab_mm(t);
		if (!mm)
			*err = -ESRCH;
	}
	return mm;
}

/* One remote segment against what is left of the local ones. Bytes moved; short: one of them ended or faulted. */
static size_t move_segment(struct mm *mm, const struct iovec *remote, struct iov_iter *local, char *page, bool write)
{
	vaddr_t addr = (vaddr_t)remote->iov_base;
	size_t done = 0, want, got;

	while (done < remote->iov_len && iov_count(local)) {
		want = min(min(remote->iov_len - done, iov_count(local)), PAGE_SIZE - ((addr + done) & ~PAGE_MASK));
		got = want;
		if (write)
			got = copy_from_iter(page, want, local);
		got = mm_access(mm, addr + done, page, got, write, /*force=*/false);
		if (!write)
			got = copy_to_iter(page, got, local);
		done += got;
		if (got < want)
			break;
	}
	return done;
}

static long move_all(struct mm *mm, const struct iovec *remote, unsigned long nr, struct iov_iter *local, bool write)
{
	char *page = kmalloc(PAGE_SIZE, GFP_KERNEL);
	size_t done = 0, n, want;

	if (!page)
		return -ENOMEM;
	for (unsigned long i = 0; i < nr && iov_count(local); i++) {
		want = min(remote[i].iov_len, iov_count(local));
		n = move_segment(mm, &remote[i], local, page, write);
		done += n;
		if (n < want) {
			kfree(page);
			return done ? (long)done : -EFAULT;
		}
	}
	kfree(page);
	return (long)done;
}

/* The other side's segments, as they are: its addresses are checked when they are used. NULL with *err. */
static struct iovec *import_remote(const struct iovec __user *vec, unsigned long nr, size_t *total, int *err)
{
	struct iovec *iov;

	*err = -EINVAL;
	if (nr > UIO_MAXIOV)
		return NULL;
	iov = memdup_user(vec, nr * sizeof(*iov), err);
	*total = 0;
	for (unsigned long i = 0; iov && i < nr; i++) {
		if ((ssize_t)iov[i].iov_len < 0) {
			kvfree(iov);
			*err = -EINVAL;
			return NULL;
		}
		*total += iov[i].iov_len;
	}
	return iov;
}

static long transfer(int pid, struct iov_iter *local, const struct iovec *remote, unsigned long nr, bool write)
{
	struct task *t = task_find(current->pid_ns, pid);
	int err;
	struct mm *mm = traced_mm(t, &err);
	long ret = err;

	task_put(t);
	if (!mm)
		return ret;
	ret = move_all(mm, remote, nr, local, write);
	mm_put(mm);
	return ret;
}

struct process_vm_args {
	int pid;
	const struct iovec __user *lvec, *rvec;
	unsigned long lcount, rcount, flags;
};

static long process_vm(const struct process_vm_args *a, bool write)
{
	struct iovec fast[IOV_FAST], *slow, *remote;
	struct iov_iter local;
	size_t total;
	long ret;
	int err;

	if (a->flags)
		return -EINVAL;
	ret = iov_import(&local, a->lvec, a->lcount, fast, &slow);
	if (ret)
		return ret;
	if (iov_count(&local) && a->rcount) {
		remote = import_remote(a->rvec, a->rcount, &total, &err);
		ret = err;
		if (remote)
			ret = total ? transfer(a->pid, &local, remote, a->rcount, write) : 0;
		kvfree(remote);
	}
	kfree(slow);
	return ret;
}

long sys_process_vm_readv(int pid, const struct iovec __user *lvec, unsigned long lcount,
			  const struct iovec __user *rvec, unsigned long rcount, unsigned long flags)
{
	const struct process_vm_args a = { pid, lvec, rvec, lcount, rcount, flags };

	return process_vm(&a, /*write=*/false);
}

long sys_process_vm_writev(int pid, const struct iovec __user *lvec, unsigned long lcount,
			   const struct iovec __user *rvec, unsigned long rcount, unsigned long flags)
{
	const struct process_vm_args a = { pid, lvec, rvec, lcount, rcount, flags };

	return process_vm(&a, /*write=*/true);
}

/* Bytes advised, or the error of the first segment. */
static long advise_segments(struct mm *mm, struct iov_iter *it, int advice)
{
	size_t done = 0;
	int err = 0;

	for (unsigned i = 0; i < it->nr && !err; i++) {
		err = mm_advise(mm, (vaddr_t)it->iov[i].iov_base, it->iov[i].iov_len, advice);
		if (!err)
			done += it->iov[i].iov_len;
	}
	return done ? (long)done : err;
}

static long advise_process(struct task *t, struct iov_iter *it, int advice)
{
	struct mm *mm;
	long ret;
	int err;

	if (advice != MADV_COLD && advice != MADV_PAGEOUT && advice != MADV_WILLNEED && advice != MADV_COLLAPSE)
		return t ? -EINVAL : -ESRCH;
	mm = traced_mm(t, &err);
	if (!mm)
		return err;
	if (mm != current->mm && !cred_capable(current->cred, CAP_SYS_NICE))
		ret = -EPERM;
	else
		ret = advise_segments(mm, it, advice);
	mm_put(mm);
	return ret;
}

long sys_process_madvise(int pidfd, const struct iovec __user *vec, size_t count, int advice, unsigned int flags)
{
	struct iovec fast[IOV_FAST], *slow;
	struct iov_iter it;
	struct task *t;
	struct fd f;
	long ret;

	if (flags)
		return -EINVAL;
	ret = iov_import(&it, vec, count, fast, &slow);
	if (ret)
		return ret;
	f = fd_get(current->vfs.files, pidfd);
	ret = -EBADF;
	if (f.file && pidfd_pid(f.file)) {
		t = pidfd_task(f.file);
		ret = advise_process(t, &it, advice);
		task_put(t);
	}
	fd_put(f);
	kfree(slow);
	return ret;
}
