/* SPDX-License-Identifier: MIT */
/*
 * pidfd: see pidfd.h. Readable once the process is a zombie or gone; with PIDFD_THREAD, once that thread is.
 */
#include "proc/pidfd.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
#include "abi/wait.h"
#include "lib/strbuf.h"
#include "proc/exit.h"
#include "proc/task.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

static void pidfd_release(struct inode *inode, struct file *file)
{
	(void)inode;
	pid_put(file->private);
}

/* Tree lock held. NULL: it was reaped. */
static struct task *first_task(struct pid *pid)
{
	return list_first_entry_or_null(&pid->members[PIDTYPE_PID], struct task, pid_link);
}

static unsigned pidfd_poll(struct file *file, struct poll_table *pt)
{
	struct pid *pid = file->private;
	unsigned events = 0;
	unsigned long irq;
	struct task *t;

	poll_wait(file, &pid->exit_wait, pt);
	irq = read_lock_irqsave(&proc_tree.lock);
	t = first_task(pid);
	if (!t)
		events = EPOLLIN | EPOLLRDNORM | EPOLLHUP;
	else if (t->exit_state != TASK_LIVE && (pidfd_is_thread(file) || process_all_exited(t->process)))
		events = EPOLLIN | EPOLLRDNORM;
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return events;
}

static void pidfd_fdinfo(struct file *file, struct strbuf *out)
{
	strbuf_printf(out, "Pid:\t%d\nNSpid:\t%d\n", pid_nr_in(file->private, current->pid_ns),
		      pid_nr_in(file->private, current->pid_ns));
}

static const struct file_ops pidfd_ops = { .release = pidfd_release, .poll = pidfd_poll, .show_fdinfo = pidfd_fdinfo };

int pidfd_prepare(struct pid *pid, unsigned flags, int *fd, struct file **file)
{
	struct vfs_ctx *ctx = &current->vfs;
	int err;

	*fd = fd_reserve(ctx->files, 0, current_nofile(), /*cloexec=*/true);
	if (*fd < 0)
		return *fd;
	err = file_anon("[pidfd]", &pidfd_ops, pid, O_RDWR | flags, file);
	if (err)
		fd_unreserve(ctx->files, *fd);
	else
		pid_get(pid);
	return err;
}

void pidfd_abort(int fd, struct file *file)
{
	fd_unreserve(current->vfs.files, fd);
	fput(file);
}

struct pid *pidfd_pid(struct file *file)
{
	return file->ops == &pidfd_ops ? file->private : NULL;
}

bool pidfd_is_thread(const struct file *file)
{
	return file->flags & PIDFD_THREAD;
}

struct task *pidfd_task(struct file *file)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	struct task *t = first_task(pidfd_pid(file));

	if (t)
		task_get(t);
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return t;
}
