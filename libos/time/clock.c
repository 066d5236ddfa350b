/* SPDX-License-Identifier: MIT */
/*
 * Clocks: the realtime offset, its changes, and the page the vDSO reads.
 *
 * The hardware's wall time is asked once, when the realtime clock is first needed: reading it may take
 * milliseconds, and a program that only measures intervals never pays.
 *
 * Locking. clk.lock, a sequence lock, irq-safe: offset, TAI, time zone and the vDSO page change together. Notifiers
 * have a mutex: they run in thread context, after the change.
 */
#include "time/clock.h"

#include "core/assert.h"
#include "core/init.h"
#include "lib/err.h"
#include "sync/mutex.h"
#include "sync/seqlock.h"
#include "time/internal.h"
#include "time/vdso.h"

#define REALTIME_MAX_SEC	(INT64_MAX / (int64_t)NSEC_PER_SEC)	/* April 2262 */

static union {
	struct vdso_data data;
	uint8_t page[VDSO_DATA_SIZE];
} vdso __aligned(VDSO_DATA_SIZE);

/* Field legend: [l] lock, [a] read anywhere, [n] notify_lock */
static struct {
	struct seqlock lock;
	int64_t offset_ns;		/* [l] realtime - monotonic */
	uint32_t known;			/* [a] offset_ns is meaningful */
	int tai_offset;			/* [l] */
	uint64_t last_fine_ns;		/* [a] monotonic time of the last fine stamp of a file */
	int minuteswest, dsttime;	/* [l] */
	struct mutex notify_lock;
	struct list_head notifiers;	/* [n] */
} clk = {
	.lock = { .lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("clock") } },
	.notify_lock = {
		.class = &(struct lock_class)LOCK_CLASS_INIT("clock notify"),
		.wait_lock = SPINLOCK_INIT(mutex_wait_class),
		.waiters = LIST_HEAD_INIT(clk.notify_lock.waiters),
	},
	.notifiers = LIST_HEAD_INIT(clk.notifiers),
};

/* Copy to the vDSO page. The page's own sequence count tells user space. */
static void vdso_publish_locked(void)
{
	struct vdso_data *d = &vdso.data;
	struct arch_vdso_clock c;

	assert_held(&clk.lock.lock);
	arch_vdso_clock(&c);
	WRITE_ONCE(d->sequence, d->sequence + 1);
	smp_wmb();	/* odd, then the changes; pairs with libos/vdso/gettime.c */
	d->usable = c.usable;
	d->realtime_known = clk.known;
	d->base_cycles = c.base_cycles;
	d->base_ns = c.base_ns;
	d->mult = c.mult;
	d->shift = c.shift;
	d->realtime_offset_ns = clk.offset_ns;
	d->tai_offset = clk.tai_offset;
	d->coarse_resolution_ns = CLOCK_COARSE_NS;	/* what is promised; the readings are finer */
	d->tz_minuteswest = clk.minuteswest;
	d->tz_dsttime = clk.dsttime;
	smp_store_release(&d->sequence, d->sequence + 1);
}

static void clock_set_offset(int64_t offset_ns, bool only_if_unknown)
{
	unsigned long flags = write_seqlock_irqsave(&clk.lock);

	if (!only_if_unknown || !clk.known) {
		clk.offset_ns = offset_ns;
		smp_store_release(&clk.known, 1u);	/* pairs with clock_realtime_offset_ns() */
		vdso_publish_locked();
	}
	write_sequnlock_irqrestore(&clk.lock, flags);
}

/* First use of the realtime clock. */
static __cold void clock_read_hardware(void)
{
	uint64_t before = arch_clock_ns(), seconds = arch_wall_seconds();

	clock_set_offset((int64_t)(seconds * NSEC_PER_SEC) - (int64_t)(seconds ? before : 0),
			 /*only_if_unknown=*/true);
}

int64_t clock_realtime_offset_ns(void)
{
	uint32_t seq;
	int64_t offset;

	if (unlikely(!smp_load_acquire(&clk.known)))	/* pairs with clock_set_offset() */
		clock_read_hardware();
	do {
		seq = read_seqbegin(&clk.lock);
		offset = clk.offset_ns;
	} while (read_seqretry(&clk.lock, seq));
	return offset;
}

uint64_t clock_realtime_ns(void)
{
	return clock_ns() + (uint64_t)clock_realtime_offset_ns();
}

uint64_t clock_coarse_ns(void)
{
	return clock_ns();
}

void clock_realtime_coarse(struct timespec64 *out)
{
	uint64_t now = clock_ns(), stamp = max(now - now % CLOCK_COARSE_NS, READ_ONCE(clk.last_fine_ns));

	*out = ns_to_timespec64((int64_t)stamp + clock_realtime_offset_ns());
}

void clock_realtime_fine(struct timespec64 *out)
{
	uint64_t now = clock_ns(), last = READ_ONCE(clk.last_fine_ns);

	while (last < now && !__atomic_compare_exchange_n(&clk.last_fine_ns, &last, now, false, __ATOMIC_RELAXED,
							  __ATOMIC_RELAXED))
		;
	*out = ns_to_timespec64((int64_t)max(now, last) + clock_realtime_offset_ns());
}

int clock_tai_offset(void)
{
	return READ_ONCE(clk.tai_offset);
}

void clock_set_tai_offset(int seconds)
{
	unsigned long flags = write_seqlock_irqsave(&clk.lock);

	clk.tai_offset = seconds;
	vdso_publish_locked();
	write_sequnlock_irqrestore(&clk.lock, flags);
}

static void clock_notify(void)
{
	struct clock_notifier *n, *next;

	timer_clock_was_set();
	mutex_lock(&clk.notify_lock);
	list_for_each_entry_safe(n, next, &clk.notifiers, link)
		n->changed(n);
	mutex_unlock(&clk.notify_lock);
}

int clock_set_realtime(const struct timespec64 *ts)
{
	uint64_t now = clock_ns();

	if (!timespec64_valid(ts) || ts->tv_sec > REALTIME_MAX_SEC - 1)
		return -EINVAL;
	/* Linux refuses a realtime before the monotonic clock's zero: the offset may not be negative. */
	if (timespec64_to_ns(ts) < (int64_t)now)
		return -EINVAL;
	clock_set_offset(timespec64_to_ns(ts) - (int64_t)now, /*only_if_unknown=*/false);
	clock_notify();
	return 0;
}

int clock_step_realtime(int64_t delta_ns)
{
	int64_t now;
	struct timespec64 ts;

	if (check_add_overflow((int64_t)clock_realtime_ns(), delta_ns, &now) || now < 0)
		return -EINVAL;
	ts = ns_to_timespec64(now);
	return clock_set_realtime(&ts);
}

void clock_notifier_add(struct clock_notifier *n)
{
	mutex_lock(&clk.notify_lock);
	list_add_tail(&n->link, &clk.notifiers);
	mutex_unlock(&clk.notify_lock);
}

void clock_notifier_remove(struct clock_notifier *n)
{
	mutex_lock(&clk.notify_lock);
	list_del(&n->link);
	mutex_unlock(&clk.notify_lock);
}

void *vdso_data_page(void)
{
	vdso_update();
	return &vdso;
}

void vdso_set_timezone(int minuteswest, int dsttime)
{
	unsigned long flags = write_seqlock_irqsave(&clk.lock);

	clk.minuteswest = minuteswest;
	clk.dsttime = dsttime;
	vdso_publish_locked();
	write_sequnlock_irqrestore(&clk.lock, flags);
}

void vdso_get_timezone(int *minuteswest, int *dsttime)
{
	uint32_t seq;

	do {
		seq = read_seqbegin(&clk.lock);
		*minuteswest = clk.minuteswest;
		*dsttime = clk.dsttime;
	} while (read_seqretry(&clk.lock, seq));
}

void vdso_update(void)
{
	unsigned long flags = write_seqlock_irqsave(&clk.lock);

	vdso_publish_locked();
	write_sequnlock_irqrestore(&clk.lock, flags);
}
