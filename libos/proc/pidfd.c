/* SPDX-License-Identifier: MIT */
/* pidfd: see pidfd.h. Readable once the process is a zombie or gone. */
#include "proc/pidfd.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/poll.h"
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

static bool process_over(struct pid *pid)
{
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);
	struct process *p;
	bool over = true;

	if (!list_empty(&pid->members[PIDTYPE_TGID])) {
		p = list_first_entry(&pid->members[PIDTYPE_TGID], struct process, pid_links[PIDTYPE_TGID]);
		over = p->leader->exit_state != TASK_LIVE && process_all_exited(p);
	}
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return over;
}

static unsigned pidfd_poll(struct file *file, struct poll_table *pt)
{
	struct pid *pid = file->private;

	poll_wait(file, &pid->exit_wait, pt);
	return process_over(pid) ? EPOLLIN | EPOLLRDNORM : 0;
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

struct task *pidfd_leader(struct file *file)
{
	struct pid *pid = pidfd_pid(file);
	struct process *p;
	struct task *t = NULL;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);

	if (!list_empty(&pid->members[PIDTYPE_TGID])) {
		p = list_first_entry(&pid->members[PIDTYPE_TGID], struct process, pid_links[PIDTYPE_TGID]);
		t = task_get(p->leader);
	}
	read_unlock_irqrestore(&proc_tree.lock, irq);
	return t;
}
