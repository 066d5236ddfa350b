/* SPDX-License-Identifier: MIT */
/*
 * kcmp(2): do two tasks share something? Pointers are compared after a secret permutation, so that their order is
 * the same each time and says nothing about addresses. And pidfd_getfd(2), the other look into a task's descriptors.
 */
#include "abi/errno.h"
#include "abi/ioprio.h"
#include "core/random.h"
#include "mm/mm.h"
#include "proc/pidfd.h"
#include "proc/task.h"
#include "proc/task_parts.h"
#include "syscall/syscall.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

static struct {
	uint64_t xor, factor;		/* [a] factor is odd; 0: not chosen yet */
} kcmp_secret;

static uint64_t disguise(const void *p)
{
	if (unlikely(!READ_ONCE(kcmp_secret.factor))) {
		kcmp_secret.xor = random_u64();
		WRITE_ONCE(kcmp_secret.factor, random_u64() | 1);
	}
	return ((uintptr_t)p ^ kcmp_secret.xor) * kcmp_secret.factor;
}

/* 0 equal, 1 less, 2 greater. */
static long compare(const void *a, const void *b)
{
	uint64_t x = disguise(a), y = disguise(b);

	return x == y ? 0 : x < y ? 1 : 2;
}

/* A task's open file, referenced; NULL: none. */
static struct file *task_file(struct task *t, unsigned long fd)
{
	struct fdtable *files = task_grab_files(t);
	struct file *file = NULL;

	if (!files)
		return NULL;
	if (fd <= INT32_MAX)
		file = fget(files, (int)fd);
	fdtable_put(files);
	return file;
}

static long compare_files(struct task *a, struct task *b, unsigned long fd1, unsigned long fd2)
{
	struct file *x = task_file(a, fd1), *y = task_file(b, fd2);
	long result = x && y ? compare(x, y) : -EBADF;

	fput(x);
	fput(y);
	return result;
}

static long compare_tasks(struct task *a, struct task *b, int type, unsigned long idx1, unsigned long idx2)
{
	switch (type) {
	case KCMP_FILE:
		return compare_files(a, b, idx1, idx2);
	case KCMP_VM:
		return compare(thread_mm(&a->thread), thread_mm(&b->thread));
	case KCMP_FILES:
		return compare(READ_ONCE(a->vfs.files), READ_ONCE(b->vfs.files));
	case KCMP_FS:
		return compare(READ_ONCE(a->vfs.fs), READ_ONCE(b->vfs.fs));
	case KCMP_SIGHAND:
		return compare(READ_ONCE(a->sighand), READ_ONCE(b->sighand));
	case KCMP_SYSVSEM:
		return compare(READ_ONCE(a->sem_undo), READ_ONCE(b->sem_undo));
	case KCMP_IO:			/* no I/O contexts: each task has none */
		return 0;
	case KCMP_EPOLL_TFD:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

long sys_kcmp(int pid1, int pid2, int type, unsigned long idx1, unsigned long idx2)
{
	struct task *a = task_find(current->pid_ns, pid1), *b = task_find(current->pid_ns, pid2);
	long result = -ESRCH;

	if (a && b) {
		result = task_may_access(current, a);
		if (!result)
			result = task_may_access(current, b);
		if (!result)
			result = compare_tasks(a, b, type, idx1, idx2);
	}
	task_put(a);
	task_put(b);
	return result;
}

static long take_fd(struct task *t, int target_fd)
{
	struct file *file;
	int err = task_may_access(current, t);

	if (err)
		return err;
	if (t->flags & PF_EXITING)
		return -ESRCH;
	file = target_fd >= 0 ? task_file(t, (unsigned long)target_fd) : NULL;
	if (!file)
		return -EBADF;
	return fd_install_new(current->vfs.files, file, current_nofile(), /*cloexec=*/true);
}

long sys_pidfd_getfd(int pidfd, int target_fd, unsigned int flags)
{
	struct task *t;
	long result = -EBADF;
	struct fd f;

	if (flags)
		return -EINVAL;
	f = fd_get(current->vfs.files, pidfd);
	if (f.file && pidfd_pid(f.file)) {
		t = pidfd_task(f.file);
		result = t ? take_fd(t, target_fd) : -ESRCH;
		task_put(t);
	}
	fd_put(f);
	return result;
}
