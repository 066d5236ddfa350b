/* SPDX-License-Identifier: MIT */
/*
 * signalfd: pending signals of the reader as records. Source: signalfd(2).
 *
 * The descriptor holds only a mask; whose signals it shows is decided by who reads or polls it.
 */
#include "proc/signalfd.h"

#include "abi/errno.h"
#include "abi/events.h"
#include "abi/fcntl.h"
#include "lib/restart.h"
#include "lib/strbuf.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "proc/signal.h"
#include "sync/waitq.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

struct signalfd {
	uint64_t mask;			/* [a] */
};

static void fill_record(struct signalfd_siginfo *r, const siginfo_t *info)
{
	memset(r, 0, sizeof(*r));
	r->ssi_signo = (uint32_t)info->si_signo;
	r->ssi_errno = info->si_errno;
	r->ssi_code = info->si_code;
	r->ssi_pid = (uint32_t)info->si_pid;
	r->ssi_uid = info->si_uid;
	if (info->si_signo == SIGCHLD) {
		r->ssi_status = info->si_status;
		r->ssi_utime = (uint64_t)info->si_utime;
		r->ssi_stime = (uint64_t)info->si_stime;
	} else if (info->si_code == SI_TIMER) {
		r->ssi_pid = 0;
		r->ssi_uid = 0;
		r->ssi_tid = (uint32_t)info->si_tid;
		r->ssi_overrun = (uint32_t)info->si_overrun;
		r->ssi_ptr = (uint64_t)(uintptr_t)info->si_ptr;
		r->ssi_int = info->si_int;
	} else if (info->si_code < 0 && info->si_code != SI_TKILL) {
		r->ssi_ptr = (uint64_t)(uintptr_t)info->si_ptr;
		r->ssi_int = info->si_int;
	} else if (SIGMASK(info->si_signo) & SIGNALS_SYNC) {
		r->ssi_addr = (uint64_t)(uintptr_t)info->si_addr;
	}
}

static bool pending_now(const struct signalfd *s)
{
	struct task *t = current;

	return (READ_ONCE(t->pending.set) | READ_ONCE(t->process->shared_pending.set)) & READ_ONCE(s->mask);
}

static int take_one(const struct signalfd *s, siginfo_t *info)
{
	struct task *t = current;
	unsigned long flags = spin_lock_irqsave(&t->sighand->lock);
	int sig = sigpending_take(&t->pending, ~s->mask, info);

	if (!sig)
		sig = sigpending_take(&t->process->shared_pending, ~s->mask, info);
	signal_recalc(t);
	spin_unlock_irqrestore(&t->sighand->lock, flags);
	return sig;
}

static ssize_t signalfd_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct signalfd *s = iocb->file->private;
	struct signalfd_siginfo r;
	ssize_t total = 0;
	siginfo_t info;
	int err;

	if (iov_count(to) < sizeof(r))
		return -EINVAL;
	while (iov_count(to) >= sizeof(r)) {
		if (!take_one(s, &info)) {
			if (total)
				break;
			if (iocb->flags & IOCB_NOWAIT)
				return -EAGAIN;
			err = wait_event_interruptible(&current->process->signalfd_wait, pending_now(s));
			if (err)
				return err;
			continue;
		}
		fill_record(&r, &info);
		if (copy_to_iter(&r, sizeof(r), to) != sizeof(r))
			return total ? total : -EFAULT;
		total += (ssize_t)sizeof(r);
	}
	return total;
}

static unsigned signalfd_poll(struct file *file, struct poll_table *pt)
{
	poll_wait(file, &current->process->signalfd_wait, pt);
	return pending_now(file->private) ? EPOLLIN | EPOLLRDNORM : 0;
}

static void signalfd_release(struct inode *inode, struct file *file)
{
	(void)inode;
	kfree(file->private);
}

static void signalfd_fdinfo(struct file *file, struct strbuf *out)
{
	strbuf_printf(out, "sigmask:\t%016llx\n", (unsigned long long)((struct signalfd *)file->private)->mask);
}

static const struct file_ops signalfd_ops = {
	.llseek = noop_llseek, .release = signalfd_release, .read_iter = signalfd_read, .poll = signalfd_poll,
	.show_fdinfo = signalfd_fdinfo, .nowait = FMODE_READ,
};

int signalfd_change(struct file *file, uint64_t mask)
{
	if (file->ops != &signalfd_ops)
		return -EINVAL;
	WRITE_ONCE(((struct signalfd *)file->private)->mask, mask & ~UNMASKABLE);
	wake_up_all(&current->process->signalfd_wait);
	return 0;
}

int signalfd_create(uint64_t mask, unsigned flags, struct file **out)
{
	struct signalfd *s = kzalloc(sizeof(*s), GFP_KERNEL);
	int err;

	if (!s)
		return -ENOMEM;
	s->mask = mask & ~UNMASKABLE;
	err = file_anon("[signalfd]", &signalfd_ops, s, O_RDWR | flags, out);
	if (err)
		kfree(s);
	return err;
}
