/* SPDX-License-Identifier: MIT */
/*
 * timerfd: a timer whose expirations are read from a descriptor. Source: timerfd_create(2).
 *
 * Model. The timer fires once and is not queued again by itself, however short its interval: a reader counts the
 * intervals that have passed since and starts it anew. So a timer nobody reads costs one interrupt.
 *
 * Locking. The wait queue's lock, irq-safe, protects the state; the timer's function takes it. set_lock makes
 * settings follow each other: a timer is cancelled without the wait queue's lock.
 */
#include "ipc/timerfd.h"

#include "abi/errno.h"
#include "abi/time.h"
#include "lib/strbuf.h"
#include "mm/slab.h"
#include "sync/mutex.h"
#include "sync/waitq.h"
#include "time/clock.h"
#include "time/hrtimer.h"
#include "vfs/file.h"

/* Field legend: [I] immutable, [l] wq.lock, [m] set_lock */
struct timerfd {
	struct waitq wq;		/* [I] its lock is [l] */
	struct mutex set_lock;
	struct hrtimer timer;		/* [l] starts; cancelled under [m] */
	struct clock_notifier notifier;	/* [m] */
	int clock;			/* [I] CLOCK_* */
	uint64_t interval_ns;		/* [l] */
	uint64_t ticks;			/* [l] expirations not yet read */
	bool expired;			/* [l] the timer fired and was not started since */
	bool cancelled;			/* [l] the clock was set: the next read says ECANCELED */
	bool watching;			/* [m] notifier is registered */
};

static bool timerfd_fired(struct hrtimer *timer)
{
	struct timerfd *t = container_of(timer, struct timerfd, timer);
	unsigned long flags = spin_lock_irqsave(&t->wq.lock);

	t->ticks++;
	t->expired = true;
	waitq_wake_locked(&t->wq, THREAD_NORMAL, 0, EPOLLIN | EPOLLRDNORM);
	spin_unlock_irqrestore(&t->wq.lock, flags);
	return false;
}

static void timerfd_clock_set(struct clock_notifier *n)
{
	struct timerfd *t = container_of(n, struct timerfd, notifier);
	unsigned long flags = spin_lock_irqsave(&t->wq.lock);

	t->cancelled = true;
	t->ticks++;
	waitq_wake_locked(&t->wq, THREAD_NORMAL, 0, EPOLLIN | EPOLLRDNORM);
	spin_unlock_irqrestore(&t->wq.lock, flags);
}

/* Intervals that have passed unseen; the timer runs on from there. */
static void catch_up_locked(struct timerfd *t)
{
	assert_held(&t->wq.lock);
	if (!t->expired || !t->interval_ns)
		return;
	t->expired = false;
	t->ticks += hrtimer_forward(&t->timer, t->interval_ns) - 1;
	hrtimer_start(&t->timer, t->timer.expires_ns);
}

/* 0 nothing yet, 1 taken, -ECANCELED. */
static int try_take(struct timerfd *t, uint64_t *ticks)
{
	unsigned long flags = spin_lock_irqsave(&t->wq.lock);
	int result = 0;

	if (t->cancelled) {
		t->cancelled = false;
		t->ticks = 0;
		result = -ECANCELED;
	} else if (t->ticks) {
		catch_up_locked(t);
		*ticks = t->ticks;
		t->ticks = 0;
		result = 1;
	}
	spin_unlock_irqrestore(&t->wq.lock, flags);
	return result;
}

static ssize_t timerfd_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct timerfd *t = iocb->file->private;
	uint64_t ticks = 0;
	int got, err;

	if (iov_count(to) < sizeof(ticks))
		return -EINVAL;
	got = try_take(t, &ticks);
	if (!got) {
		if ((iocb->flags & IOCB_NOWAIT) || (READ_ONCE(iocb->file->flags) & O_NONBLOCK))
			return -EAGAIN;
		err = wait_event_interruptible(&t->wq, (got = try_take(t, &ticks)) != 0);
		if (err)
			return err;
	}
	if (got < 0)
		return got;
	return copy_to_iter(&ticks, sizeof(ticks), to) == sizeof(ticks) ? (ssize_t)sizeof(ticks) : -EFAULT;
}

static unsigned timerfd_poll(struct file *file, struct poll_table *pt)
{
	struct timerfd *t = file->private;

	poll_wait(file, &t->wq, pt);
	return READ_ONCE(t->ticks) ? EPOLLIN : 0;
}

static void timerfd_unwatch(struct timerfd *t)
{
	if (t->watching)
		clock_notifier_remove(&t->notifier);
	t->watching = false;
}

static void timerfd_release(struct inode *inode, struct file *file)
{
	struct timerfd *t = file->private;

	(void)inode;
	timerfd_unwatch(t);
	hrtimer_cancel(&t->timer);
	kfree(t);
}

static void timerfd_read_value(struct timerfd *t, struct timerfd_value *out)
{
	unsigned long flags = spin_lock_irqsave(&t->wq.lock);
	int64_t left;

	catch_up_locked(t);
	left = hrtimer_remaining(&t->timer);
	out->interval_ns = t->interval_ns;
	out->value_ns = !hrtimer_active(&t->timer) ? 0 : left > 0 ? (uint64_t)left : 1;
	spin_unlock_irqrestore(&t->wq.lock, flags);
}

static void timerfd_show(struct file *file, struct strbuf *out)
{
	struct timerfd *t = file->private;
	struct timerfd_value v;

	timerfd_read_value(t, &v);
	strbuf_printf(out, "clockid: %d\nticks: %llu\nit_value: (%llu, %llu)\nit_interval: (%llu, %llu)\n", t->clock,
		      (unsigned long long)READ_ONCE(t->ticks), (unsigned long long)(v.value_ns / NSEC_PER_SEC),
		      (unsigned long long)(v.value_ns % NSEC_PER_SEC),
		      (unsigned long long)(v.interval_ns / NSEC_PER_SEC),
		      (unsigned long long)(v.interval_ns % NSEC_PER_SEC));
}

static const struct file_ops timerfd_ops = {
	.release = timerfd_release,
	.read_iter = timerfd_read,
	.llseek = noop_llseek,
	.poll = timerfd_poll,
	.show_fdinfo = timerfd_show,
	.nowait = FMODE_READ,
};

static bool clock_is_realtime(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
}

/* A relative time is not moved by steps of the realtime clock. */
static void timerfd_arm(struct timerfd *t, int flags, const struct timerfd_value *new)
{
	bool abstime = flags & TFD_TIMER_ABSTIME;
	unsigned long irq = spin_lock_irqsave(&t->wq.lock);

	hrtimer_init(&t->timer, abstime && clock_is_realtime(t->clock) ? HRTIMER_REALTIME : HRTIMER_MONOTONIC,
		     timerfd_fired);
	t->interval_ns = new->interval_ns;
	t->ticks = 0;
	t->expired = false;
	t->cancelled = false;
	if (new->value_ns && abstime)
		hrtimer_start(&t->timer, new->value_ns);
	else if (new->value_ns)
		hrtimer_start_rel(&t->timer, new->value_ns);
	spin_unlock_irqrestore(&t->wq.lock, irq);
}

int timerfd_set(struct file *file, int flags, const struct timerfd_value *new, struct timerfd_value *old)
{
	struct timerfd *t = file->private;
	int cancel = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;

	if (file->ops != &timerfd_ops || (flags & ~cancel))
		return -EINVAL;
	mutex_lock(&t->set_lock);
	timerfd_unwatch(t);
	timerfd_read_value(t, old);
	hrtimer_cancel(&t->timer);
	timerfd_arm(t, flags, new);
	if ((flags & cancel) == cancel && clock_is_realtime(t->clock)) {
		clock_notifier_add(&t->notifier);
		t->watching = true;
	}
	mutex_unlock(&t->set_lock);
	return 0;
}

int timerfd_get(struct file *file, struct timerfd_value *out)
{
	if (file->ops != &timerfd_ops)
		return -EINVAL;
	timerfd_read_value(file->private, out);
	return 0;
}

int timerfd_new(int clock, unsigned flags, struct file **out)
{
	struct timerfd *t;
	int err;

	if (flags & ~(unsigned)(TFD_CLOEXEC | TFD_NONBLOCK))
		return -EINVAL;
	if (!clock_is_realtime(clock) && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME &&
	    clock != CLOCK_BOOTTIME_ALARM)
		return -EINVAL;
	t = kzalloc(sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	waitq_init(&t->wq, "timerfd");
	mutex_init(&t->set_lock, "timerfd set");
	hrtimer_init(&t->timer, HRTIMER_MONOTONIC, timerfd_fired);
	t->notifier.changed = timerfd_clock_set;
	t->clock = clock;
	err = file_anon("[timerfd]", &timerfd_ops, t, O_RDWR | (flags & TFD_NONBLOCK), out);
	if (err)
		kfree(t);
	return err;
}
