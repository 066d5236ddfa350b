/* SPDX-License-Identifier: MIT */
/*
 * POSIX timers: timer_create(2), timer_settime(2), timer_gettime(2), timer_getoverrun(2), timer_delete(2).
 */
#include "lib/string.h"
#include "mm/uaccess.h"
#include "proc/posix_timer.h"
#include "proc/task.h"
#include "syscall/syscall.h"
#include "time/clock.h"

static int check_clock(int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
	case CLOCK_TAI:
		return 0;
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		return cred_capable(current->cred, CAP_WAKE_ALARM) ? 0 : -EPERM;
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/* Takes a reference to the thread of SIGEV_THREAD_ID. */
static int decode_event(const struct sigevent *ev, struct posix_timer *spec)
{
	struct task *t;
	int err = -EINVAL;

	spec->notify = ev->sigev_notify;
	spec->signo = ev->sigev_signo;
	spec->value = ev->sigev_value;
	if (spec->notify == SIGEV_NONE)
		return 0;
	if (ev->sigev_signo < 1 || ev->sigev_signo > NR_SIGNALS)
		return -EINVAL;
	if (spec->notify == SIGEV_SIGNAL)
		return 0;
	if (spec->notify != (SIGEV_SIGNAL | SIGEV_THREAD_ID))
		return -EINVAL;
	t = task_find(current->pid_ns, ev->_sigev_un._tid);
	if (!t)
		return -EINVAL;
	if (t->process == current->process) {
		spec->thread = pid_get(t->pid);
		err = 0;
	}
	task_put(t);
	return err;
}

long sys_timer_create(int clock, struct sigevent __user *event, int __user *uid)
{
	struct posix_timer spec;
	struct sigevent ev;
	int id, err = clock_is_cpu(clock) ? 0 : check_clock(clock);

	if (err)
		return err;
	memset(&spec, 0, sizeof(spec));
	spec.clock = clock;
	spec.notify = SIGEV_SIGNAL;
	spec.signo = SIGALRM;
	if (event) {
		if (copy_from_user(&ev, event, sizeof(ev)))
			return -EFAULT;
		err = decode_event(&ev, &spec);
	}
	if (!err && clock_is_cpu(clock))
		err = cpu_clock_open(clock, &spec.cpu);
	spec.default_value = !event;
	id = err ? err : posix_timer_create(&spec);
	if (id < 0) {
		pid_put(spec.thread);
		pid_put(spec.cpu.pid);
		return id;
	}
	if (!put_user(id, uid))
		return 0;
	ignore_result(posix_timer_delete(id));	/* made above; a sibling may have been quicker */
	return -EFAULT;
}

static int put_value(struct __kernel_itimerspec __user *u, const struct posix_timer_value *v)
{
	struct __kernel_itimerspec it = {
		.it_interval = { (long long)(v->interval_ns / NSEC_PER_SEC),
				 (long long)(v->interval_ns % NSEC_PER_SEC) },
		.it_value = { (long long)(v->value_ns / NSEC_PER_SEC), (long long)(v->value_ns % NSEC_PER_SEC) },
	};

	return copy_to_user(u, &it, sizeof(it)) ? -EFAULT : 0;
}

static int get_value(struct posix_timer_value *v, const struct __kernel_itimerspec __user *u)
{
	struct __kernel_itimerspec it;
	struct timespec64 value, interval;

	if (copy_from_user(&it, u, sizeof(it)))
		return -EFAULT;
	value = (struct timespec64){ it.it_value.tv_sec, (long)it.it_value.tv_nsec };
	interval = (struct timespec64){ it.it_interval.tv_sec, (long)it.it_interval.tv_nsec };
	if (!timespec64_valid(&value) || !timespec64_valid(&interval))
		return -EINVAL;
	v->value_ns = (uint64_t)timespec64_to_ns(&value);
	v->interval_ns = (uint64_t)timespec64_to_ns(&interval);
	return 0;
}

long sys_timer_settime(int id, int flags, struct __kernel_itimerspec __user *new,
		       struct __kernel_itimerspec __user *old)
{
	struct posix_timer_value value, before;
	int err;

	if (!new)
		return -EINVAL;
	err = get_value(&value, new);
	if (!err)
		err = posix_timer_set(id, flags & TIMER_ABSTIME, &value, &before);
	if (err)
		return err;
	return old ? put_value(old, &before) : 0;
}

long sys_timer_gettime(int id, struct __kernel_itimerspec __user *value)
{
	struct posix_timer_value v;
	int err = posix_timer_get(id, &v);

	return err ? err : put_value(value, &v);
}

long sys_timer_getoverrun(int id)
{
	return posix_timer_overrun(id);
}

long sys_timer_delete(int id)
{
	return posix_timer_delete(id);
}
