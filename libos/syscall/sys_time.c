/* SPDX-License-Identifier: MIT */
/*
 * Clocks, sleeping, interval timers: clock_gettime(2) and its family, nanosleep(2), gettimeofday(2),
 * adjtimex(2), setitimer(2), times(2).
 */
#include "lib/restart.h"
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/cpuclock.h"
#include "proc/itimer.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "time/clock.h"
#include "time/sleep.h"
#include "time/timex.h"
#include "time/vdso.h"

#define USER_HZ_NS		(NSEC_PER_SEC / 100)

static int put_timespec(struct __kernel_timespec __user *u, int64_t ns)
{
	struct timespec64 t = ns_to_timespec64(ns);
	struct __kernel_timespec ts = { t.tv_sec, t.tv_nsec };

	return copy_to_user(u, &ts, sizeof(ts)) ? -EFAULT : 0;
}

static int get_timespec(struct timespec64 *out, const struct __kernel_timespec __user *u)
{
	struct __kernel_timespec ts;

	if (copy_from_user(&ts, u, sizeof(ts)))
		return -EFAULT;
	out->tv_sec = ts.tv_sec;
	out->tv_nsec = ts.tv_nsec;
	return 0;
}

static int cpu_clock_get(int id, int64_t *ns)
{
	struct cpu_clock clock;
	uint64_t now;
	int err = cpu_clock_open(id, &clock);

	if (err)
		return err;
	if (!cpu_clock_read(&clock, &now))
		err = -EINVAL;
	*ns = (int64_t)now;
	cpu_clock_close(&clock);
	return err;
}

static int clock_get(int clock, int64_t *ns)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
		*ns = (int64_t)clock_realtime_ns();
		return 0;
	case CLOCK_TAI:
		*ns = (int64_t)clock_realtime_ns() + clock_tai_offset() * (int64_t)NSEC_PER_SEC;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*ns = (int64_t)clock_ns();
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = (int64_t)thread_cpu_ns(&current->thread);
		return 0;
	default:
		return cpu_clock_get(clock, ns);
	}
}

long sys_clock_gettime(int clock, struct __kernel_timespec __user *tp)
{
	int64_t ns;
	int err = clock_get(clock, &ns);

	return err ? err : put_timespec(tp, ns);
}

long sys_clock_getres(int clock, struct __kernel_timespec __user *tp)
{
	int64_t ns;
	int err = clock_get(clock, &ns);

	if (err || !tp)
		return err;
	return put_timespec(tp, clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ?
				CLOCK_COARSE_NS : 1);
}

long sys_clock_settime(int clock, struct __kernel_timespec __user *tp)
{
	struct timespec64 ts;
	int64_t now;

	if (clock != CLOCK_REALTIME)
		return clock_get(clock, &now) ? -EINVAL : clock == CLOCK_PROCESS_CPUTIME_ID ||
		       clock == CLOCK_THREAD_CPUTIME_ID || clock < 0 ? -EPERM : -EINVAL;
	if (get_timespec(&ts, tp))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	if (!cred_capable(current->cred, CAP_SYS_TIME))
		return -EPERM;
	return clock_set_realtime(&ts);
}

long sys_gettimeofday(struct __kernel_old_timeval __user *utv, struct timezone __user *utz)
{
	uint64_t ns = clock_realtime_ns();
	struct __kernel_old_timeval tv = { (long)(ns / NSEC_PER_SEC), (long)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
	struct timezone tz;

	if (utv && copy_to_user(utv, &tv, sizeof(tv)))
		return -EFAULT;
	if (!utz)
		return 0;
	vdso_get_timezone(&tz.tz_minuteswest, &tz.tz_dsttime);
	return copy_to_user(utz, &tz, sizeof(tz)) ? -EFAULT : 0;
}

long sys_settimeofday(struct __kernel_old_timeval __user *utv, struct timezone __user *utz)
{
	struct __kernel_old_timeval tv;
	struct timespec64 ts;
	struct timezone tz;

	if (utv && copy_from_user(&tv, utv, sizeof(tv)))
		return -EFAULT;
	if (utz && copy_from_user(&tz, utz, sizeof(tz)))
		return -EFAULT;
	if (utv && (tv.tv_usec < 0 || tv.tv_usec >= (long)USEC_PER_SEC || tv.tv_sec < 0))
		return -EINVAL;
	if (!cred_capable(current->cred, CAP_SYS_TIME))
		return -EPERM;
	if (utz) {
		if (tz.tz_minuteswest > 15 * 60 || tz.tz_minuteswest < -15 * 60)
			return -EINVAL;
		vdso_set_timezone(tz.tz_minuteswest, tz.tz_dsttime);
	}
	if (!utv)
		return 0;
	ts = (struct timespec64){ tv.tv_sec, tv.tv_usec * (long)NSEC_PER_USEC };
	return clock_set_realtime(&ts);
}

long sys_time(void __user *tloc)
{
	long seconds = (long)(clock_realtime_ns() / NSEC_PER_SEC);

	if (tloc && copy_to_user(tloc, &seconds, sizeof(seconds)))
		return -EFAULT;
	return seconds;
}

/* -- Sleeping -------------------------------------------------------------------------------------------------- */

static int64_t now_on(enum hrtimer_clock clock)
{
	return (int64_t)(clock == HRTIMER_REALTIME ? clock_realtime_ns() : clock_ns());
}

/* restart_block: arg[0] where the rest goes, arg[1] clock. */
static long sleep_relative(struct restart_block *rb)
{
	enum hrtimer_clock clock = (enum hrtimer_clock)rb->arg[1];
	struct __kernel_timespec __user *rem = (struct __kernel_timespec __user *)rb->arg[0];
	int64_t left;

	if (!sleep_until(clock, rb->deadline_ns))
		return 0;
	left = (int64_t)rb->deadline_ns - now_on(clock);
	if (left <= 0)
		return 0;
	if (rem && put_timespec(rem, left))
		return -EFAULT;
	rb->fn = sleep_relative;
	return -ERESTART_RESTARTBLOCK;
}

static long sleep_for(const struct timespec64 *ts, enum hrtimer_clock clock, struct __kernel_timespec __user *rem)
{
	struct restart_block *rb = &current->restart;

	rb->deadline_ns = clock_deadline((uint64_t)now_on(clock), (uint64_t)timespec64_to_ns(ts));
	rb->arg[0] = (unsigned long)rem;
	rb->arg[1] = clock;
	return sleep_relative(rb);
}

long sys_nanosleep(struct __kernel_timespec __user *req, struct __kernel_timespec __user *rem)
{
	struct timespec64 ts;

	if (get_timespec(&ts, req))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	return sleep_for(&ts, HRTIMER_MONOTONIC, rem);
}

/* Which timer scale a clock sleeps on; *skew_ns is what its readings are ahead of it. */
static int sleep_clock(int id, enum hrtimer_clock *clock, int64_t *skew_ns)
{
	*skew_ns = 0;
	switch (id) {
	case CLOCK_TAI:
		*skew_ns = clock_tai_offset() * (int64_t)NSEC_PER_SEC;
		*clock = HRTIMER_REALTIME;
		return 0;
	case CLOCK_REALTIME:
		*clock = HRTIMER_REALTIME;
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		*clock = HRTIMER_MONOTONIC;
		return 0;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		*clock = id == CLOCK_REALTIME_ALARM ? HRTIMER_REALTIME : HRTIMER_MONOTONIC;
		return cred_capable(current->cred, CAP_WAKE_ALARM) ? 0 : -EPERM;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	default:
		return id < 0 ? -EOPNOTSUPP : -EINVAL;
	}
}

/* Until a clock of CPU time says when_ns. 0, -ERESTARTNOHAND, -EINVAL: it is gone. */
static long cpu_sleep_until(const struct cpu_clock *clock, uint64_t when_ns)
{
	uint64_t now;
	long err;

	for (;;) {
		if (!cpu_clock_read(clock, &now))
			return -EINVAL;
		if (now >= when_ns)
			return 0;
		err = sleep_until(HRTIMER_MONOTONIC, clock_ns() + cpu_clock_wait_ns(clock, when_ns - now));
		if (err)
			return err;
	}
}

/* restart_block: arg[0] where the rest goes, arg[1] the clock's number. */
static long cpu_sleep_relative(struct restart_block *rb)
{
	struct __kernel_timespec __user *rem = (struct __kernel_timespec __user *)rb->arg[0];
	struct cpu_clock clock;
	uint64_t now = 0;
	long err = cpu_clock_open((int)rb->arg[1], &clock);

	if (err)
		return err;
	err = cpu_sleep_until(&clock, rb->deadline_ns);
	if (err == -ERESTARTNOHAND) {
		rb->fn = cpu_sleep_relative;
		err = -ERESTART_RESTARTBLOCK;
		if (cpu_clock_read(&clock, &now) && now < rb->deadline_ns && rem &&
		    put_timespec(rem, (int64_t)(rb->deadline_ns - now)))
			err = -EFAULT;
	}
	cpu_clock_close(&clock);
	return err;
}

static long cpu_nanosleep(int id, bool absolute, struct __kernel_timespec __user *req,
			  struct __kernel_timespec __user *rem)
{
	struct restart_block *rb = &current->restart;
	struct cpu_clock clock;
	struct timespec64 ts;
	uint64_t now = 0;
	long err;

	if (get_timespec(&ts, req))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	err = cpu_clock_open(id, &clock);
	if (err)
		return err;
	if (cpu_clock_is_own_thread(&clock) || !cpu_clock_read(&clock, &now))
		err = -EINVAL;		/* it would stand still while it is slept on */
	else if (absolute)
		err = cpu_sleep_until(&clock, (uint64_t)timespec64_to_ns(&ts));
	cpu_clock_close(&clock);
	if (err || absolute)
		return err;
	rb->deadline_ns = clock_deadline(now, (uint64_t)timespec64_to_ns(&ts));
	rb->arg[0] = (unsigned long)rem;
	rb->arg[1] = (unsigned long)id;
	return cpu_sleep_relative(rb);
}

long sys_clock_nanosleep(int id, int flags, struct __kernel_timespec __user *req,
			 struct __kernel_timespec __user *rem)
{
	enum hrtimer_clock clock;
	struct timespec64 ts;
	int64_t skew, when;
	int err;

	if (id == CLOCK_THREAD_CPUTIME_ID)
		return -EOPNOTSUPP;
	if (clock_is_cpu(id))
		return cpu_nanosleep(id, flags & TIMER_ABSTIME, req, rem);
	err = sleep_clock(id, &clock, &skew);
	if (err)
		return err;
	if (get_timespec(&ts, req))
		return -EFAULT;
	if (!timespec64_valid(&ts))
		return -EINVAL;
	if (!(flags & TIMER_ABSTIME))
		/* A relative sleep is not moved by steps of the realtime clock. */
		return sleep_for(&ts, HRTIMER_MONOTONIC, rem);
	when = timespec64_to_ns(&ts) - skew;
	return sleep_until(clock, when > 0 ? (uint64_t)when : 0);
}

/* -- Interval timers ------------------------------------------------------------------------------------------- */

static int itimer_put(struct __kernel_old_itimerval __user *u, const struct itimer_value *v)
{
	struct __kernel_old_itimerval it = {
		.it_interval = { (long)(v->interval_ns / NSEC_PER_SEC),
				 (long)(v->interval_ns % NSEC_PER_SEC / NSEC_PER_USEC) },
		.it_value = { (long)(v->value_ns / NSEC_PER_SEC),
			      (long)(v->value_ns % NSEC_PER_SEC / NSEC_PER_USEC) },
	};

	return copy_to_user(u, &it, sizeof(it)) ? -EFAULT : 0;
}

static bool timeval_valid(const struct __kernel_old_timeval *tv)
{
	return tv->tv_sec >= 0 && tv->tv_usec >= 0 && tv->tv_usec < (long)USEC_PER_SEC;
}

static uint64_t timeval_ns(const struct __kernel_old_timeval *tv)
{
	struct timespec64 ts = { tv->tv_sec, tv->tv_usec * (long)NSEC_PER_USEC };

	return (uint64_t)timespec64_to_ns(&ts);
}

long sys_getitimer(int which, struct __kernel_old_itimerval __user *value)
{
	struct itimer_value v;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	itimer_get((unsigned)which, &v);
	return itimer_put(value, &v);
}

long sys_setitimer(int which, struct __kernel_old_itimerval __user *value, struct __kernel_old_itimerval __user *old)
{
	struct __kernel_old_itimerval it;
	struct itimer_value new, before;

	memset(&it, 0, sizeof(it));	/* NULL disarms, as on Linux */
	if (value && copy_from_user(&it, value, sizeof(it)))
		return -EFAULT;
	if (which < ITIMER_REAL || which > ITIMER_PROF || !timeval_valid(&it.it_value) ||
	    !timeval_valid(&it.it_interval))
		return -EINVAL;
	new.value_ns = timeval_ns(&it.it_value);
	new.interval_ns = timeval_ns(&it.it_interval);
	itimer_set((unsigned)which, &new, &before);
	return old ? itimer_put(old, &before) : 0;
}

long sys_alarm(unsigned int seconds)
{
	struct itimer_value new = { (uint64_t)seconds * NSEC_PER_SEC, 0 }, old;

	itimer_set(ITIMER_REAL, &new, &old);
	if (!old.value_ns)
		return 0;
	/* Rounded to the nearest second, but never to "no alarm was pending". */
	return old.value_ns < NSEC_PER_SEC ? 1 : (long)((old.value_ns + NSEC_PER_SEC / 2) / NSEC_PER_SEC);
}

long sys_times(struct tms __user *buf)
{
	struct proc_usage self, children;
	struct tms t;
	unsigned long irq = read_lock_irqsave(&proc_tree.lock);

	process_usage(current->process, &self);
	children = current->process->child_usage;
	read_unlock_irqrestore(&proc_tree.lock, irq);
	t.tms_utime = (long)(self.utime_ns / USER_HZ_NS);
	t.tms_stime = (long)(self.stime_ns / USER_HZ_NS);
	t.tms_cutime = (long)(children.utime_ns / USER_HZ_NS);
	t.tms_cstime = (long)(children.stime_ns / USER_HZ_NS);
	if (buf && copy_to_user(buf, &t, sizeof(t)))
		return -EFAULT;
	return (long)(clock_ns() / USER_HZ_NS);
}

/* -- Clock adjustment ------------------------------------------------------------------------------------------ */

static long timex_call(struct __kernel_timex __user *buf)
{
	struct __kernel_timex tx;
	int state;

	if (copy_from_user(&tx, buf, sizeof(tx)))
		return -EFAULT;
	state = timex_adjust(&tx, cred_capable(current->cred, CAP_SYS_TIME));
	if (state < 0)
		return state;
	return copy_to_user(buf, &tx, sizeof(tx)) ? -EFAULT : state;
}

long sys_adjtimex(struct __kernel_timex __user *buf)
{
	return timex_call(buf);
}

long sys_clock_adjtime(int clock, struct __kernel_timex __user *tx)
{
	int64_t now;

	if (clock == CLOCK_REALTIME)
		return timex_call(tx);
	return clock_get(clock, &now) ? -EINVAL : -EOPNOTSUPP;
}
