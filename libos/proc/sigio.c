/* SPDX-License-Identifier: MIT */
/*
 * sigio: the owners of open files, and the signals they get. Source: fcntl(2), "Managing signals".
 *
 * Model. The owner is a thread, a process or a group; the file remembers the users of whoever made it owner, and sends
 * only what these might send by kill(2). A signal of F_SETSIG tells the descriptor and what happened; when no more of
 * its kind can be queued, plain SIGIO goes instead.
 *
 * Locking. file->owner is set once. owner->lock (irq-safe) is a leaf; proc_tree.lock is taken after it was dropped.
 */
#include "proc/sigio.h"

#include "abi/errno.h"
#include "abi/poll.h"
#include "mm/slab.h"
#include "proc/pid.h"
#include "proc/signal.h"
#include "vfs/file.h"
#include "vfs/sigio.h"

/* Field legend: [l] lock */
struct file_owner {
	struct spinlock lock;
	struct pid *pid;		/* [l] a reference; NULL: nobody */
	int type;			/* [l] F_OWNER_* */
	uint32_t uid, euid;		/* [l] who made it so */
	int sig;			/* [l] 0: SIGIO without more */
};

_Static_assert(SIGIO_IN == POLL_IN && SIGIO_OUT == POLL_OUT && SIGIO_MSG == POLL_MSG && SIGIO_ERR == POLL_ERR &&
	       SIGIO_PRI == POLL_PRI && SIGIO_HUP == POLL_HUP, "si_code");

/* --- Owners --- */

static struct file_owner *owner_of(const struct file *file)
{
	return smp_load_acquire(&file->owner);	/* pairs with the exchange in owner_made() */
}

/* The file's, made if need be; NULL: no memory. */
static struct file_owner *owner_made(struct file *file)
{
	struct file_owner *o = owner_of(file), *fresh;

	if (o)
		return o;
	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL);
	if (!fresh)
		return NULL;
	spin_lock_init(&fresh->lock, "file_owner");
	if (__atomic_compare_exchange_n(&file->owner, &o, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return fresh;
	kfree(fresh);
	return o;
}

void file_owner_free(struct file_owner *owner)
{
	if (owner && owner->pid)
		pid_put(owner->pid);
	kfree(owner);
}

enum set_how { SET_ALWAYS, SET_IF_NONE };

/* pid's reference is taken over; NULL: nobody. */
static int set_owner(struct file *file, struct pid *pid, int type, enum set_how how)
{
	struct file_owner *o = owner_made(file);
	const struct cred *cred = current->cred;
	unsigned long flags;

	if (!o) {
		pid_put(pid);
		return -ENOMEM;
	}
	flags = spin_lock_irqsave(&o->lock);
	if (how == SET_ALWAYS || !o->pid) {
		swap(o->pid, pid);
		o->type = type;
		o->uid = o->pid ? cred->uid : 0;
		o->euid = o->pid ? cred->euid : 0;
	}
	spin_unlock_irqrestore(&o->lock, flags);
	if (pid)
		pid_put(pid);
	return 0;
}

int file_owner_default(struct file *file, struct pid *group)
{
	struct pid *pid = group ? group : current->process->pids[PIDTYPE_TGID];

	return set_owner(file, pid_get(pid), group ? F_OWNER_PGRP : F_OWNER_PID, SET_IF_NONE);
}

int file_owner_take(struct file *file)
{
	return set_owner(file, pid_get(current->process->pids[PIDTYPE_TGID]), F_OWNER_PID, SET_ALWAYS);
}

static int set_by_number(struct file *file, int nr, int type)
{
	struct pid *pid = NULL;

	if (nr) {
		rcu_read_lock();
		pid = pid_find(current->pid_ns, nr);
		pid_get(pid);
		rcu_read_unlock();
		if (!pid)
			return -ESRCH;
	}
	return set_owner(file, pid, type, SET_ALWAYS);
}

int file_owner_set(struct file *file, int who)
{
	if (who == INT32_MIN)
		return -EINVAL;
	return set_by_number(file, who < 0 ? -who : who, who < 0 ? F_OWNER_PGRP : F_OWNER_PID);
}

int file_owner_set_ex(struct file *file, const struct f_owner_ex *owner)
{
	if (owner->type != F_OWNER_TID && owner->type != F_OWNER_PID && owner->type != F_OWNER_PGRP)
		return -EINVAL;
	return owner->pid < 0 ? -ESRCH : set_by_number(file, owner->pid, owner->type);
}

/* Is there still what the pid names? */
static bool pid_names(const struct pid *pid, int type)
{
	unsigned long flags = read_lock_irqsave(&proc_tree.lock);
	bool found = !list_empty(&pid->members[type == F_OWNER_PGRP ? PIDTYPE_PGID : PIDTYPE_PID]);

	read_unlock_irqrestore(&proc_tree.lock, flags);
	return found;
}

/* A copy whose pid has a reference of its own; false: nobody. */
static bool copy_owner(const struct file *file, struct file_owner *out)
{
	struct file_owner *o = owner_of(file);
	unsigned long flags;

	*out = (struct file_owner){ .pid = NULL };
	if (!o)
		return false;
	flags = spin_lock_irqsave(&o->lock);
	out->pid = o->pid ? pid_get(o->pid) : NULL;
	out->type = o->type;
	out->uid = o->uid;
	out->euid = o->euid;
	out->sig = o->sig;
	spin_unlock_irqrestore(&o->lock, flags);
	return out->pid;
}

void file_owner_get_ex(const struct file *file, struct f_owner_ex *out)
{
	struct file_owner o;

	*out = (struct f_owner_ex){ .type = F_OWNER_TID };
	if (!copy_owner(file, &o)) {
		out->type = o.type;
		return;
	}
	out->type = o.type;
	if (pid_names(o.pid, o.type))
		out->pid = pid_nr_in(o.pid, current->pid_ns);
	pid_put(o.pid);
}

int file_owner_get(const struct file *file)
{
	struct f_owner_ex ex;

	file_owner_get_ex(file, &ex);
	return ex.type == F_OWNER_PGRP ? -ex.pid : ex.pid;
}

void file_owner_uids(const struct file *file, uint32_t uids[2])
{
	struct file_owner o;

	if (copy_owner(file, &o))
		pid_put(o.pid);
	uids[0] = o.uid;
	uids[1] = o.euid;
}

int file_owner_set_signal(struct file *file, unsigned long sig)
{
	struct file_owner *o;

	if (sig > NR_SIGNALS)
		return -EINVAL;
	o = owner_made(file);
	if (!o)
		return -ENOMEM;
	WRITE_ONCE(o->sig, (int)sig);
	return 0;
}

int file_owner_signal(const struct file *file)
{
	const struct file_owner *o = owner_of(file);

	return o ? READ_ONCE(o->sig) : 0;
}

/* --- Signals --- */

static long band_events(enum sigio_band band)
{
	static const long events[] = {
		[SIGIO_IN] = EPOLLIN | EPOLLRDNORM,
		[SIGIO_OUT] = EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND,
		[SIGIO_MSG] = EPOLLIN | EPOLLRDNORM | EPOLLMSG,
		[SIGIO_ERR] = EPOLLERR,
		[SIGIO_PRI] = EPOLLPRI | EPOLLRDBAND,
		[SIGIO_HUP] = EPOLLHUP | EPOLLERR,
	};

	return events[band];
}

/* Signals whose si_code means something else: they say SI_SIGIO. */
static bool has_own_codes(int sig)
{
	static const uint64_t own = SIGMASK(SIGILL) | SIGMASK(SIGFPE) | SIGMASK(SIGSEGV) | SIGMASK(SIGBUS) |
				    SIGMASK(SIGTRAP) | SIGMASK(SIGCHLD) | SIGMASK(SIGSYS);

	return sig && (SIGMASK(sig) & own);
}

/* Would whoever made t the owner have been allowed to signal it? */
static bool may_tell(const struct file_owner *o, struct task *t)
{
	const struct cred *cred;
	bool may;

	rcu_read_lock();
	cred = rcu_dereference(t->real_cred);
	may = !o->euid || o->euid == cred->suid || o->euid == cred->uid || o->uid == cred->suid || o->uid == cred->uid;
	rcu_read_unlock();
	return may;
}

/* info's signal; plain SIGIO where it names none (si_signo 0) or cannot be queued. */
static void tell_task(const struct file_owner *o, struct task *t, const siginfo_t *info)
{
	enum signal_scope scope = o->type == F_OWNER_TID ? SIGNAL_THREAD : SIGNAL_PROCESS;

	if (!may_tell(o, t))
		return;
	if (!info->si_signo || signal_send(t, info, scope) == -EAGAIN)
		signal_kernel(t, SIGIO, scope);
}

static void tell(const struct file_owner *o, const siginfo_t *info)
{
	unsigned long flags = read_lock_irqsave(&proc_tree.lock);
	struct process *p;
	struct task *t;

	if (o->type == F_OWNER_PGRP) {
		list_for_each_entry(p, &o->pid->members[PIDTYPE_PGID], pid_links[PIDTYPE_PGID])
			tell_task(o, p->leader, info);
	} else {
		t = list_first_entry_or_null(&o->pid->members[PIDTYPE_PID], struct task, pid_link);
		if (t)
			tell_task(o, t, info);
	}
	read_unlock_irqrestore(&proc_tree.lock, flags);
}

void sigio_send(const struct file *file, int fd, enum sigio_band band)
{
	struct file_owner o;
	siginfo_t info;

	if (!copy_owner(file, &o))
		return;
	siginfo_init(&info, o.sig, has_own_codes(o.sig) ? SI_SIGIO : (int)band, NULL);
	info.si_band = band_events(band);
	info.si_fd = fd;
	tell(&o, &info);
	pid_put(o.pid);
}
