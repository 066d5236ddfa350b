/* SPDX-License-Identifier: MIT */
/*
 * job: which processes may use a terminal. The process side is proc/'s, through the hooks of job.h.
 *
 * A terminal belongs to at most one session; one group of it is the foreground. Others that read get SIGTTIN, that
 * change settings (or write, under TOSTOP) SIGTTOU. References to groups are held under tty->lock.
 */
#include "tty/job.h"

#include "abi/capability.h"
#include "abi/errno.h"
#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/signal.h"
#include "core/assert.h"
#include "lib/restart.h"
#include "mm/uaccess.h"
#include "tty/tty.h"
#include "vfs/file.h"

static struct {
	const struct tty_job_ops *ops;	/* [I] after start-up */
} job;

void tty_job_register(const struct tty_job_ops *ops)
{
	job.ops = ops;
}

/* The foreground group with a reference; NULL: none. */
static struct pid *get_foreground(struct tty *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	struct pid *pgrp = tty->foreground ? job.ops->pid_get(tty->foreground) : NULL;

	spin_unlock_irqrestore(&tty->lock, flags);
	return pgrp;
}

static bool controls_caller(struct tty *tty)
{
	struct tty *mine = job.ops->current_tty();
	bool yes = mine == tty;

	if (mine)
		tty_put(mine);
	return yes;
}

static bool in_foreground(struct tty *tty)
{
	struct pid *pgrp = get_foreground(tty);
	bool yes = !pgrp || pgrp == job.ops->current_group();

	if (pgrp)
		job.ops->pid_put(pgrp);
	return yes;
}

int tty_check_read(struct tty *tty)
{
	if (!controls_caller(tty) || in_foreground(tty))
		return 0;
	if (job.ops->signal_blocked_or_ignored(SIGTTIN) || job.ops->group_orphaned(job.ops->current_group()))
		return -EIO;
	job.ops->signal_group(job.ops->current_group(), SIGTTIN);
	return -ERESTARTSYS;
}

int tty_check_change(struct tty *tty)
{
	if (!controls_caller(tty) || in_foreground(tty) || job.ops->signal_blocked_or_ignored(SIGTTOU))
		return 0;
	if (job.ops->group_orphaned(job.ops->current_group()))
		return -EIO;
	job.ops->signal_group(job.ops->current_group(), SIGTTOU);
	return -ERESTARTSYS;
}

void tty_job_signal_foreground(struct tty *tty, int sig)
{
	assert_held(&tty->lock);
	if (tty->foreground)
		job.ops->signal_group(tty->foreground, sig);
}

static void set_session(struct tty *tty, struct pid *session, struct pid *pgrp)
{
	unsigned long flags;
	struct pid *old_session, *old_pgrp;

	if (session)
		job.ops->pid_get(session);
	if (pgrp)
		job.ops->pid_get(pgrp);
	flags = spin_lock_irqsave(&tty->lock);
	old_session = tty->session;
	old_pgrp = tty->foreground;
	tty->session = session;
	tty->foreground = pgrp;
	spin_unlock_irqrestore(&tty->lock, flags);
	if (old_session)
		job.ops->pid_put(old_session);
	if (old_pgrp)
		job.ops->pid_put(old_pgrp);
}

static void become_controlling(struct tty *tty)
{
	set_session(tty, job.ops->current_session(), job.ops->current_group());
	job.ops->set_current_tty(tty);
}

void tty_job_acquire(struct tty *tty, struct file *file)
{
	struct tty *mine;

	if ((file->flags & O_NOCTTY) || !job.ops->current_is_session_leader() || tty->session ||
	    !(file->mode & FMODE_READ))
		return;
	mine = job.ops->current_tty();
	if (mine)
		tty_put(mine);
	else
		become_controlling(tty);
}

static long set_controlling(struct tty *tty, unsigned long steal)
{
	struct pid *session = job.ops->current_session();
	struct tty *mine;

	if (job.ops->current_is_session_leader() && tty->session == session)
		return 0;
	mine = job.ops->current_tty();
	if (mine)
		tty_put(mine);
	if (!job.ops->current_is_session_leader() || mine)
		return -EPERM;
	if (tty->session) {
		if (steal != 1 || !job.ops->current_capable(CAP_SYS_ADMIN))
			return -EPERM;
		job.ops->session_drop_tty(tty->session, tty);
	}
	become_controlling(tty);
	return 0;
}

static long give_up(struct tty *tty)
{
	if (!controls_caller(tty))
		return -ENOTTY;
	if (job.ops->current_is_session_leader())
		tty_job_leave_session(tty, job.ops->current_session(), /*exits=*/false);
	job.ops->set_current_tty(NULL);
	return 0;
}

static long set_foreground(struct tty *tty, int __user *uarg)
{
	struct pid *pgrp, *session;
	int nr, err = tty_check_change(tty);

	if (err == -EIO)
		return -ENOTTY;
	if (err)
		return err;
	if (!controls_caller(tty) || tty->session != job.ops->current_session())
		return -ENOTTY;
	if (get_user(nr, uarg))
		return -EFAULT;
	if (nr < 0)
		return -EINVAL;
	pgrp = job.ops->find_group(nr);
	if (!pgrp)
		return -ESRCH;
	session = job.ops->group_session(pgrp);
	if (session != job.ops->current_session())
		err = -EPERM;
	else
		set_session(tty, session, pgrp);
	job.ops->pid_put(pgrp);
	return err;
}

static long get_group(struct tty *tty, bool master, int __user *uarg)
{
	struct pid *pgrp;
	int nr;

	if (!controls_caller(tty) && !master)
		return -ENOTTY;
	pgrp = get_foreground(tty);
	nr = pgrp ? job.ops->pid_nr(pgrp) : 0;
	if (pgrp)
		job.ops->pid_put(pgrp);
	return put_user(nr, uarg);
}

static long get_session(struct tty *tty, bool master, int __user *uarg)
{
	if ((!controls_caller(tty) && !master) || !tty->session)
		return -ENOTTY;
	return put_user(job.ops->pid_nr(tty->session), uarg);
}

long tty_job_ioctl(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCSCTTY: return set_controlling(tty, arg);
	case TIOCNOTTY: return give_up(tty);
	case TIOCGPGRP: return get_group(tty, /*master=*/false, (int __user *)arg);
	case TIOCSPGRP: return set_foreground(tty, (int __user *)arg);
	case TIOCGSID: return get_session(tty, /*master=*/false, (int __user *)arg);
	default: return -ENOIOCTLCMD;
	}
}

long tty_job_master_ioctl(struct tty *tty, unsigned cmd, unsigned long arg)
{
	switch (cmd) {
	case TIOCGPGRP: return get_group(tty, /*master=*/true, (int __user *)arg);
	case TIOCGSID: return get_session(tty, /*master=*/true, (int __user *)arg);
	case TIOCSPGRP: return set_foreground(tty, (int __user *)arg);
	default: return -ENOTTY;
	}
}

void tty_job_leave_session(struct tty *tty, struct pid *session, bool exits)
{
	struct pid *pgrp;

	if (READ_ONCE(tty->session) != session)
		return;
	if (exits && !tty->ops->is_pty) {
		tty_hangup(tty);
		return;
	}
	pgrp = get_foreground(tty);
	job.ops->session_drop_tty(session, tty);
	set_session(tty, NULL, NULL);
	if (pgrp) {
		job.ops->signal_group(pgrp, SIGHUP);
		if (!exits)
			job.ops->signal_group(pgrp, SIGCONT);
		job.ops->pid_put(pgrp);
	}
}

int tty_job_own(struct tty *tty, struct file *file)
{
	struct pid *group = get_foreground(tty);
	int err = file_owner_default(file, group);

	if (group)
		job.ops->pid_put(group);
	return err;
}

void tty_hangup(struct tty *tty)
{
	unsigned long flags = spin_lock_irqsave(&tty->lock);
	struct pid *session = tty->session ? job.ops->pid_get(tty->session) : NULL, *pgrp;

	tty->hangups++;
	spin_unlock_irqrestore(&tty->lock, flags);
	wake_up_all(&tty->read_wait);
	wake_up_all(&tty->write_wait);
	if (!session)
		return;
	/* Whoever gets the signal has no terminal any more: its handler may look. */
	pgrp = get_foreground(tty);
	job.ops->session_drop_tty(session, tty);
	set_session(tty, NULL, NULL);
	job.ops->signal_session_leader(session, SIGHUP);
	job.ops->signal_session_leader(session, SIGCONT);
	/* The leader's own group was told through the leader. Another in the foreground loses its terminal. */
	if (pgrp && pgrp != session) {
		job.ops->signal_group(pgrp, SIGHUP);
		job.ops->signal_group(pgrp, SIGCONT);
	}
	if (pgrp)
		job.ops->pid_put(pgrp);
	job.ops->pid_put(session);
}

void tty_hangup_current(void)
{
	struct tty *tty = tty_current();

	if (tty) {
		tty_hangup(tty);
		tty_put(tty);
	}
}

bool tty_job_capable(int cap)
{
	return job.ops->current_capable(cap);
}

struct tty *tty_current(void)
{
	return job.ops->current_tty();
}

uint64_t tty_devnr(const struct tty *tty)
{
	return tty->devnr;
}

struct pid *tty_foreground(const struct tty *tty)
{
	return READ_ONCE(tty->foreground);
}
