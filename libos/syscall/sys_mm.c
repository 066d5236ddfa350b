/* SPDX-License-Identifier: MIT */
/*
 * System calls of memory. Sources: mmap(2), munmap(2), mprotect(2), mremap(2), brk(2), madvise(2), mlock(2),
 * mincore(2), msync(2).
 */
#include "abi/errno.h"
#include "abi/ioctl.h"
#include "abi/mman.h"
#include "abi/personality.h"
#include "lib/align.h"
#include "mm/mmap.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"

#define MAP_KNOWN (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_DENYWRITE | MAP_EXECUTABLE | \
		   MAP_LOCKED | \
		   MAP_NORESERVE | MAP_POPULATE | MAP_NONBLOCK | MAP_STACK | MAP_HUGETLB | MAP_SYNC | \
		   MAP_FIXED_NOREPLACE | \
		   MAP_UNINITIALIZED)

/* Rights of the open file against what the mapping asks for. */
static bool read_implies_exec(void)
{
	return current->personality & READ_IMPLIES_EXEC;
}

static int check_file(struct file *file, struct map_request *req)
{
	unsigned type = req->flags & MAP_TYPE;
	bool shared = type == MAP_SHARED || type == MAP_SHARED_VALIDATE;

	if (type == MAP_SHARED_VALIDATE && (req->flags & ~(unsigned)MAP_KNOWN))
		return -EOPNOTSUPP;
	if (type == MAP_SHARED_VALIDATE && (req->flags & MAP_SYNC))
		return -EOPNOTSUPP;
	if (!(file->mode & FMODE_READ))
		return -EACCES;
	if (shared && (req->prot & PROT_WRITE) && !(file->mode & FMODE_WRITE))
		return -EACCES;
	if (shared && (file->mode & FMODE_WRITE) && (READ_ONCE(file->inode->flags) & FS_APPEND_FL))
		return -EACCES;
	if (shared && !(file->mode & FMODE_WRITE))
		req->vm_clear |= VM_MAYWRITE;
	if (file->path.mnt->flags & MS_NOEXEC) {
		if (req->prot & PROT_EXEC)
			return -EPERM;
		req->vm_clear |= VM_MAYEXEC;
	} else if (read_implies_exec() && (req->prot & PROT_READ)) {
		req->prot |= PROT_EXEC;
	}
	return file->ops->mmap ? file->ops->mmap(file, req) : -ENODEV;
}

static long map_file(struct map_request *req, int fd)
{
	struct fd f = fd_get(current->vfs.files, fd);
	long ret = f.file ? check_file(f.file, req) : -EBADF;

	if (!ret)
		ret = mm_map(current->mm, req);
	fd_put(f);
	return ret;
}

long sys_mmap(unsigned long addr, size_t len, unsigned int prot, unsigned int flags, int fd, unsigned long offset)
{
	struct map_request req = { .addr = addr, .size = len, .prot = prot, .flags = flags,
				   .pgoff = offset >> PAGE_SHIFT };
	unsigned type = flags & MAP_TYPE;

	if (offset & ~PAGE_MASK)
		return -EINVAL;
	if (flags & MAP_HUGETLB)
		return -ENOMEM;		/* no pool of huge pages is configured */
	if (type != MAP_PRIVATE && type != MAP_SHARED && (type != MAP_SHARED_VALIDATE || (flags & MAP_ANONYMOUS)))
		return -EINVAL;
	if (!len || ((flags & MAP_GROWSDOWN) && (type != MAP_PRIVATE || !(flags & MAP_ANONYMOUS))))
		return -EINVAL;
	if (ALIGN_UP(len, PAGE_SIZE) < len)
		return -ENOMEM;
	if (offset + ALIGN_UP(len, PAGE_SIZE) < offset)
		return -EOVERFLOW;
	/* Positions in files are signed. */
	if (!(flags & MAP_ANONYMOUS) && offset + ALIGN_UP(len, PAGE_SIZE) > INT64_MAX)
		return -EOVERFLOW;
	if ((flags & MAP_ANONYMOUS) && read_implies_exec() && (prot & PROT_READ))
		req.prot |= PROT_EXEC;
	if (flags & MAP_ANONYMOUS)
		return mm_map(current->mm, &req);
	return map_file(&req, fd);
}

long sys_munmap(unsigned long addr, size_t len)
{
	return mm_unmap(current->mm, addr, len);
}

long sys_mprotect(unsigned long addr, size_t len, unsigned int prot)
{
	return mm_protect(current->mm, addr, len, prot, read_implies_exec());
}

long sys_pkey_mprotect(unsigned long addr, size_t len, unsigned int prot, int pkey)
{
	return pkey == -1 ? sys_mprotect(addr, len, prot) : -EINVAL;
}

/* As on a processor without protection keys. */
long sys_pkey_alloc(unsigned long flags, unsigned long rights)
{
	if (flags || (rights & ~(unsigned long)(PKEY_DISABLE_ACCESS | PKEY_DISABLE_WRITE)))
		return -EINVAL;
	return -ENOSPC;
}

long sys_pkey_free(int pkey)
{
	(void)pkey;
	return -EINVAL;			/* none is allocated */
}

long sys_remap_file_pages(unsigned long addr, unsigned long size, unsigned long prot, unsigned long pgoff,
			  unsigned long flags)
{
	if (prot)
		return -EINVAL;
	return mm_remap_file_pages(current->mm, addr & PAGE_MASK, size & PAGE_MASK, pgoff, flags & MAP_NONBLOCK);
}

long sys_mremap(unsigned long addr, size_t old_len, size_t new_len, unsigned int flags, unsigned long new_addr)
{
	return mm_remap(current->mm, addr, old_len, new_len, flags, new_addr);
}

long sys_brk(unsigned long addr)
{
	return (long)mm_brk(current->mm, addr);
}

long sys_madvise(unsigned long addr, size_t len, int advice)
{
	return mm_advise(current->mm, addr, len, advice);
}

long sys_msync(unsigned long addr, size_t len, int flags)
{
	return mm_sync(current->mm, addr, len, flags);
}

long sys_mincore(unsigned long addr, size_t len, void __user *vec)
{
	size_t pages = ALIGN_UP(len, PAGE_SIZE) >> PAGE_SHIFT, n;
	uint8_t *buf;
	long err = 0;

	if (addr & ~PAGE_MASK)
		return -EINVAL;
	if (!user_range_ok((void __user *)addr, len))
		return -ENOMEM;
	buf = kmalloc(PAGE_SIZE, GFP_KERNEL);
	if (!buf)
		return -EAGAIN;
	for (; pages && !err; pages -= n, addr += n << PAGE_SHIFT, vec = (char __user *)vec + n) {
		n = min(pages, (size_t)PAGE_SIZE);
		err = mm_incore(current->mm, addr, n, buf);
		if (!err && copy_to_user(vec, buf, n))
			err = -EFAULT;
	}
	kfree(buf);
	return err;
}

static bool may_lock(void)
{
	return rlimit_cur(current->process, RLIMIT_MEMLOCK) || cred_capable(current->cred, CAP_IPC_LOCK);
}

/* A privileged task is not bound by RLIMIT_MEMLOCK. */
static void set_lock_limit(void)
{
	current->mm->limits.memlock = cred_capable(current->cred, CAP_IPC_LOCK) ?
		UINT64_MAX : rlimit_cur(current->process, RLIMIT_MEMLOCK);
}

static long lock_range(unsigned long addr, size_t len, uint32_t flags)
{
	if (!may_lock())
		return -EPERM;
	set_lock_limit();
	return mm_lock_range(current->mm, addr, len, flags, /*lock=*/true);
}

long sys_mlock(unsigned long addr, size_t len)
{
	return lock_range(addr, len, VM_LOCKED);
}

long sys_mlock2(unsigned long addr, size_t len, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return lock_range(addr, len, VM_LOCKED | (flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0));
}

long sys_munlock(unsigned long addr, size_t len)
{
	return mm_lock_range(current->mm, addr, len, 0, /*lock=*/false);
}

long sys_mlockall(int flags)
{
	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	if (!may_lock())
		return -EPERM;
	set_lock_limit();
	return mm_lock_all(current->mm, flags);
}

long sys_munlockall(void)
{
	return mm_lock_all(current->mm, 0);
}
