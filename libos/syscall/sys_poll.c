/* SPDX-License-Identifier: MIT */
/*
 * poll(2), ppoll(2), select(2), pselect(2).
 *
 * One pass asks every file for its events and queues an entry on each wait queue it names; entries wake the caller only
 * when the events they carry could matter. Then sleep, and passes without queueing until something is ready.
 */
#include "abi/errno.h"
#include "abi/personality.h"
#include "abi/poll.h"
#include "lib/restart.h"
#include "lib/string.h"
#include "mm/slab.h"
#include "mm/uaccess.h"
#include "proc/signal.h"
#include "sched/sched.h"
#include "syscall/sigmask.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"

#define ENTRIES_INLINE	8

/* A place in a wait queue, keeping its file alive. */
struct poll_entry {
	struct wait_entry wait;
	struct waitq *wq;
	struct file *file;
	unsigned events;		/* what matters of it */
	struct poll_entry *next;	/* heap-allocated ones */
};

struct poll_wait_set {
	struct poll_table table;
	struct thread *thread;
	uint32_t triggered;		/* [a] an entry was woken */
	int error;			/* no memory for an entry */
	unsigned used;
	struct poll_entry *heap;
	struct poll_entry fast[ENTRIES_INLINE];
};

static bool poll_woken(struct wait_entry *we, unsigned states, unsigned long key)
{
	struct poll_entry *e = container_of(we, struct poll_entry, wait);
	struct poll_wait_set *set = we->private;

	if (key && !(key & e->events))
		return false;
	smp_store_mb(&set->triggered, 1u);	/* partner: the sleeper sets its state, then reads this */
	thread_wake(set->thread, states);
	return true;
}

static void poll_queue(struct poll_table *pt, struct file *file, struct waitq *wq)
{
	struct poll_wait_set *set = container_of(pt, struct poll_wait_set, table);
	struct poll_entry *e;

	if (set->used < ENTRIES_INLINE) {
		e = &set->fast[set->used++];
	} else {
		e = kmalloc(sizeof(*e), GFP_KERNEL);
		if (!e) {
			set->error = -ENOMEM;
			return;
		}
		e->next = set->heap;
		set->heap = e;
	}
	e->wq = wq;
	e->file = get_file(file);
	e->events = pt->events;
	wait_entry_init_fn(&e->wait, poll_woken, set);
	waitq_add(wq, &e->wait);
}

static void set_init(struct poll_wait_set *set)
{
	set->table.queue = poll_queue;
	set->table.events = 0;
	set->thread = current_thread();
	set->triggered = 0;
	set->error = 0;
	set->used = 0;
	set->heap = NULL;
}

static void entry_drop(struct poll_entry *e)
{
	waitq_remove(e->wq, &e->wait);
	fput(e->file);
}

static void set_fini(struct poll_wait_set *set)
{
	struct poll_entry *e;

	for (unsigned i = 0; i < set->used; i++)
		entry_drop(&set->fast[i]);
	while ((e = set->heap) != NULL) {
		set->heap = e->next;
		entry_drop(e);
		kfree(e);
	}
}

/* Events of one descriptor among `wanted`; EPOLLERR and EPOLLHUP always count. */
static unsigned poll_fd(int fd, unsigned wanted, struct poll_wait_set *set, bool queue)
{
	struct fd f = fd_get(current->vfs.files, fd);
	unsigned events;

	if (!f.file)
		return EPOLLNVAL;
	set->table.events = wanted | EPOLLERR | EPOLLHUP;
	if (f.file->ops->poll)
		events = f.file->ops->poll(f.file, queue ? &set->table : NULL);
	else
		events = EPOLLIN | EPOLLOUT | EPOLLRDNORM | EPOLLWRNORM;
	fd_put(f);
	return events & set->table.events;
}

/* Sleep until an entry fires. 0, -ETIMEDOUT, -EINTR for "a signal came". */
static int set_sleep(struct poll_wait_set *set, uint64_t deadline)
{
	bool in_time = true;

	set_current_state(THREAD_INTERRUPTIBLE);
	if (!READ_ONCE(set->triggered) && !thread_signal_pending())
		in_time = schedule_until(deadline);
	set_current_running();
	WRITE_ONCE(set->triggered, 0);
	smp_mb();	/* what fires from here on is seen by the next pass or sets it again */
	if (thread_signal_pending())
		return -EINTR;
	return in_time ? 0 : -ETIMEDOUT;
}

/*
 * Run passes until one finds something (its count), an error, or the end of time (0). `pass` stores results
 * and returns how many descriptors have some. -EINTR: signal.
 */
static int poll_loop(struct poll_wait_set *set, uint64_t deadline,
		     int (*pass)(struct poll_wait_set *set, void *arg, bool queue), void *arg)
{
	bool queue = deadline != 0, last = false;
	int n, err;

	for (;;) {
		n = pass(set, arg, queue);
		if (n || set->error || last || !deadline)
			return n ? n : set->error;
		queue = false;
		err = set_sleep(set, deadline);
		if (err == -EINTR)
			return -EINTR;
		last = err == -ETIMEDOUT;
	}
}

/* --- poll --- */

struct poll_arg {
	struct pollfd *fds;
	unsigned n;
};

static int poll_pass(struct poll_wait_set *set, void *arg, bool queue)
{
	struct poll_arg *a = arg;
	int found = 0;

	for (unsigned i = 0; i < a->n; i++) {
		struct pollfd *p = &a->fds[i];

		p->revents = 0;
		if (p->fd < 0)
			continue;
		p->revents = (short)poll_fd(p->fd, (uint16_t)p->events, set, queue && !found);
		found += p->revents != 0;
		cond_resched();
	}
	return found;
}

static int do_poll(struct pollfd __user *ufds, unsigned n, uint64_t deadline)
{
	struct poll_wait_set set;
	struct pollfd fast[16];
	struct poll_arg a = { fast, n };
	int ret;

	if (n > current_nofile())
		return -EINVAL;
	if (n > ARRAY_SIZE(fast))
		a.fds = kvmalloc(n * sizeof(fast[0]), GFP_KERNEL);
	if (!a.fds)
		return -ENOMEM;
	ret = -EFAULT;
	if (copy_from_user(a.fds, ufds, n * sizeof(fast[0])))
		goto out;
	set_init(&set);
	ret = poll_loop(&set, deadline, poll_pass, &a);
	set_fini(&set);
	for (unsigned i = 0; i < n && ret >= 0; i++) {
		if (put_user(a.fds[i].revents, &ufds[i].revents))
			ret = -EFAULT;
	}
out:
	if (a.fds != fast)
		kvfree(a.fds);
	return ret;
}

static long poll_restart(struct restart_block *rb)
{
	int ret = do_poll((struct pollfd __user *)rb->arg[0], (unsigned)rb->arg[1], rb->deadline_ns);

	return ret == -EINTR ? -ERESTART_RESTARTBLOCK : ret;
}

long sys_poll(struct pollfd __user *fds, unsigned int n, int timeout_ms)
{
	uint64_t deadline = timeout_ms < 0 ? WAIT_FOREVER : !timeout_ms ? 0 :
			    clock_deadline(clock_ns(), (uint64_t)timeout_ms * NSEC_PER_MSEC);
	int ret = do_poll(fds, n, deadline);

	if (ret != -EINTR)
		return ret;
	current->restart = (struct restart_block){ .fn = poll_restart, .deadline_ns = deadline,
						   .arg = { (unsigned long)fds, n } };
	return -ERESTART_RESTARTBLOCK;
}

/* Relative timespec to a deadline: 0 = do not wait. */
int wait_deadline(const struct __kernel_timespec *ts, uint64_t *deadline)
{
	if (ts->tv_sec < 0 || ts->tv_nsec < 0 || ts->tv_nsec >= (long)NSEC_PER_SEC)
		return -EINVAL;
	if (!ts->tv_sec && !ts->tv_nsec)
		*deadline = 0;
	else if (ts->tv_sec >= (int64_t)(INT64_MAX / NSEC_PER_SEC))
		*deadline = WAIT_FOREVER;
	else
		*deadline = clock_deadline(clock_ns(), (uint64_t)ts->tv_sec * NSEC_PER_SEC + (uint64_t)ts->tv_nsec);
	return 0;
}

static uint64_t time_left(uint64_t deadline)
{
	uint64_t now = clock_ns();

	return deadline > now ? deadline - now : 0;
}

/* STICKY_TIMEOUTS: the caller's time-out stays as it is, so the call cannot start again with what is left of it. */
static bool sticky_timeouts(void)
{
	return current->personality & STICKY_TIMEOUTS;
}

static long may_restart(long ret)
{
	return ret == -ERESTARTNOHAND && sticky_timeouts() ? -EINTR : ret;
}

/* The time left goes back to the caller, unless it cannot be written; then nothing restarts. */
static int put_left(struct __kernel_timespec __user *uts, uint64_t deadline)
{
	uint64_t left = time_left(deadline);
	struct __kernel_timespec ts = { .tv_sec = (long)(left / NSEC_PER_SEC), .tv_nsec = (long)(left % NSEC_PER_SEC) };

	if (!uts || !deadline || deadline == WAIT_FOREVER || sticky_timeouts())
		return 0;
	return copy_to_user(uts, &ts, sizeof(ts)) ? -EFAULT : 0;
}

/* A mask for the time of the wait: restored by signal delivery, or here when no signal ended the call. */
int wait_mask_take(const sigset_t __user *umask, size_t size, bool *masked)
{
	uint64_t mask;

	*masked = umask;
	if (!umask)
		return 0;
	if (size != sizeof(sigset_t))
		return -EINVAL;
	if (copy_from_user(&mask, umask, sizeof(mask)))
		return -EFAULT;
	signal_set_temporary_mask(mask);
	return 0;
}

long wait_mask_finish(long ret, bool masked)
{
	if (ret == -EINTR)
		return -ERESTARTNOHAND;
	if (masked) {
		current->flags &= ~(unsigned)PF_RESTORE_MASK;
		signal_set_mask(current->saved_mask);
	}
	return ret;
}

long sys_ppoll(struct pollfd __user *fds, unsigned int n, struct __kernel_timespec __user *uts,
	       sigset_t __user *umask, size_t size)
{
	uint64_t deadline = WAIT_FOREVER;
	struct __kernel_timespec ts;
	bool masked;
	long ret;
	int err;

	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		err = wait_deadline(&ts, &deadline);
		if (err)
			return err;
	}
	err = wait_mask_take(umask, size, &masked);
	if (err)
		return err;
	ret = wait_mask_finish(do_poll(fds, n, deadline), masked);
	ignore_result(put_left(uts, deadline));	/* as Linux: a bad pointer was read already */
	return may_restart(ret);
}

/* --- select --- */

#define SELECT_IN	(EPOLLIN | EPOLLRDNORM | EPOLLRDBAND | EPOLLHUP | EPOLLERR)
#define SELECT_OUT	(EPOLLOUT | EPOLLWRNORM | EPOLLWRBAND | EPOLLERR)
#define SELECT_EX	(EPOLLPRI)
#define SELECT_FAST	2		/* words of each set that need no allocation: 128 descriptors */

struct select_arg {
	unsigned n, words;
	unsigned long *in[3];		/* asked for; NULL-like all zero */
	unsigned long *out[3];		/* found */
	bool bad;
};

static int select_fd(struct select_arg *a, unsigned fd, struct poll_wait_set *set, bool queue)
{
	static const unsigned kinds[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };
	unsigned long bit = 1UL << (fd % 64), word = fd / 64;
	unsigned wanted = 0, events;
	int found = 0;

	for (int k = 0; k < 3; k++)
		wanted |= a->in[k][word] & bit ? kinds[k] : 0;
	if (!wanted)
		return 0;
	events = poll_fd((int)fd, wanted, set, queue);
	if (events & EPOLLNVAL) {
		a->bad = true;
		return 1;
	}
	for (int k = 0; k < 3; k++) {
		if ((a->in[k][word] & bit) && (events & kinds[k])) {
			a->out[k][word] |= bit;
			found++;
		}
	}
	return found;
}

static int select_pass(struct poll_wait_set *set, void *arg, bool queue)
{
	struct select_arg *a = arg;
	int found = 0;

	for (int k = 0; k < 3; k++)
		memset(a->out[k], 0, a->words * sizeof(long));
	for (unsigned fd = 0; fd < a->n && !a->bad; fd++) {
		unsigned w = fd / 64;

		if (!(a->in[0][w] | a->in[1][w] | a->in[2][w])) {
			fd |= 63;
			continue;
		}
		found += select_fd(a, fd, set, queue && !found);
	}
	return a->bad ? -EBADF : found;
}

static int copy_sets(struct select_arg *a, __kernel_fd_set __user *const u[3])
{
	for (int k = 0; k < 3; k++) {
		memset(a->in[k], 0, a->words * sizeof(long));
		if (u[k] && copy_from_user(a->in[k], u[k], a->words * sizeof(long)))
			return -EFAULT;
		if (a->words && a->n % 64)
			a->in[k][a->words - 1] &= (1UL << (a->n % 64)) - 1;
	}
	return 0;
}

static int do_select(int nfds, __kernel_fd_set __user *const u[3], uint64_t deadline)
{
	struct poll_wait_set set;
	unsigned long fast[6 * SELECT_FAST], *mem = fast;
	struct select_arg a = { 0 };
	int ret;

	if (nfds < 0)
		return -EINVAL;
	a.n = min((unsigned)nfds, current->vfs.files->array->capacity);
	a.words = (a.n + 63) / 64;
	if (a.words > SELECT_FAST)
		mem = kmalloc(6 * a.words * sizeof(long), GFP_KERNEL);
	if (!mem)
		return -ENOMEM;
	for (unsigned k = 0; k < 3; k++) {
		a.in[k] = mem + k * a.words;
		a.out[k] = mem + (3 + k) * a.words;
	}
	ret = copy_sets(&a, u);
	if (!ret) {
		set_init(&set);
		ret = poll_loop(&set, deadline, select_pass, &a);
		set_fini(&set);
	}
	for (int k = 0; k < 3 && ret >= 0; k++) {
		if (u[k] && copy_to_user(u[k], a.out[k], a.words * sizeof(long)))
			ret = -EFAULT;
	}
	if (mem != fast)
		kfree(mem);
	return ret;
}

long sys_select(int nfds, __kernel_fd_set __user *in, __kernel_fd_set __user *out, __kernel_fd_set __user *ex,
		struct __kernel_old_timeval __user *utv)
{
	__kernel_fd_set __user *const u[3] = { in, out, ex };
	uint64_t deadline = WAIT_FOREVER, left;
	struct __kernel_old_timeval tv;
	struct __kernel_timespec ts;
	long ret;

	if (utv) {
		if (copy_from_user(&tv, utv, sizeof(tv)))
			return -EFAULT;
		if (tv.tv_sec < 0 || tv.tv_usec < 0)
			return -EINVAL;
		ts.tv_sec = tv.tv_sec + tv.tv_usec / (long)USEC_PER_SEC;
		ts.tv_nsec = tv.tv_usec % (long)USEC_PER_SEC * 1000;
		ret = wait_deadline(&ts, &deadline);
		if (ret)
			return ret;
	}
	ret = do_select(nfds, u, deadline);
	if (utv && deadline && deadline != WAIT_FOREVER && !sticky_timeouts()) {
		left = time_left(deadline);
		tv.tv_sec = (long)(left / NSEC_PER_SEC);
		tv.tv_usec = (long)(left % NSEC_PER_SEC / 1000);
		ignore_result((int)copy_to_user(utv, &tv, sizeof(tv)));	/* as Linux: it was readable */
	}
	return may_restart(ret == -EINTR ? -ERESTARTNOHAND : ret);
}

/* The sixth argument of pselect6: pointer and size of the mask. */
struct mask_and_size {
	sigset_t __user *mask;
	size_t size;
};

long sys_pselect6(int nfds, __kernel_fd_set __user *in, __kernel_fd_set __user *out, __kernel_fd_set __user *ex,
		  struct __kernel_timespec __user *uts, void __user *usig)
{
	__kernel_fd_set __user *const u[3] = { in, out, ex };
	struct mask_and_size m = { NULL, 0 };
	uint64_t deadline = WAIT_FOREVER;
	struct __kernel_timespec ts;
	bool masked;
	long ret;
	int err;

	if (usig && copy_from_user(&m, usig, sizeof(m)))
		return -EFAULT;
	if (uts) {
		if (copy_from_user(&ts, uts, sizeof(ts)))
			return -EFAULT;
		err = wait_deadline(&ts, &deadline);
		if (err)
			return err;
	}
	err = wait_mask_take(m.mask, m.size, &masked);
	if (err)
		return err;
	ret = wait_mask_finish(do_select(nfds, u, deadline), masked);
	ignore_result(put_left(uts, deadline));	/* as ppoll */
	return may_restart(ret);
}
