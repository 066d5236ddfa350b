/* SPDX-License-Identifier: MIT */
/*
 * The vDSO: the clock calls without entering the kernel. Runs in user mode, in every program: no kernel function or
 * variable is in reach; the data page lies before the code (vdso.lds).
 *
 * The page is a sequence count's: readers retry while the number is odd or has changed (writer: time/clock.c).
 * Clocks the page does not serve, and all of them when it says so, become the system call. vdso(7), clock_gettime(2).
 */
#include "abi/time.h"
#include "abi/unistd.h"
#include "arch/vdso.h"
#include "lib/compiler.h"
#include "lib/types.h"
#include "time/vdso_data.h"

#define NSEC_PER_SEC	1000000000ULL
#define NSEC_PER_USEC	1000ULL

extern const struct vdso_data vdso_data_page __attribute__((__visibility__("hidden")));

int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts);
int __vdso_clock_getres(int clock, struct __kernel_timespec *ts);
int __vdso_gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz);
__kernel_old_time_t __vdso_time(__kernel_old_time_t *t);
long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

/* What a reader takes out of the page. */
struct snapshot {
	uint64_t mono_ns;
	int64_t realtime_offset_ns;
	int32_t tai_offset;
	bool realtime_known;
};

/* Inside of a sequence. The shift is below 64. */
static __always_inline uint64_t mono_ns(const struct vdso_data *d)
{
	return READ_ONCE(d->base_ns) + (uint64_t)((unsigned __int128)(vdso_cycles() - READ_ONCE(d->base_cycles)) *
						  READ_ONCE(d->mult) >> (READ_ONCE(d->shift) & 63));
}

/* What most ask for, and nothing else. False: the page cannot be used. */
static __always_inline bool read_mono(uint64_t *ns)
{
	const struct vdso_data *d = &vdso_data_page;
	uint32_t sequence;

	do {
		sequence = smp_load_acquire(&d->sequence) & ~1u;	/* pairs with vdso_publish_locked() */
		if (!READ_ONCE(d->usable))
			return false;
		*ns = mono_ns(d);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);	/* all of the above before the second look */
	} while (READ_ONCE(d->sequence) != sequence);
	return true;
}

/* False: the page cannot be used. */
static bool read_page(struct snapshot *s)
{
	const struct vdso_data *d = &vdso_data_page;
	uint32_t sequence;

	do {
		sequence = smp_load_acquire(&d->sequence) & ~1u;	/* pairs with vdso_publish_locked() */
		if (!READ_ONCE(d->usable))
			return false;
		s->mono_ns = mono_ns(d);
		s->realtime_offset_ns = READ_ONCE(d->realtime_offset_ns);
		s->tai_offset = READ_ONCE(d->tai_offset);
		s->realtime_known = READ_ONCE(d->realtime_known);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);	/* all of the above before the second look */
	} while (READ_ONCE(d->sequence) != sequence);
	return true;
}

/* Nanoseconds of `clock`; false: ask the kernel. */
static bool clock_read(int clock, uint64_t *ns)
{
	struct snapshot s;

	if (!read_page(&s))
		return false;
	switch (clock) {
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = s.mono_ns;
		return true;
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		*ns = s.mono_ns + (uint64_t)s.realtime_offset_ns;
		return s.realtime_known;
	case CLOCK_TAI:
		*ns = s.mono_ns + (uint64_t)s.realtime_offset_ns + (uint64_t)((int64_t)s.tai_offset * 1000000000);
		return s.realtime_known;
	default:
		return false;
	}
}

int __vdso_clock_gettime(int clock, struct __kernel_timespec *ts)
{
	uint64_t ns;

	if (!(clock == CLOCK_MONOTONIC ? read_mono(&ns) : clock_read(clock, &ns)))
		return (int)vdso_syscall2(__NR_clock_gettime, clock, (long)ts);
	ts->tv_sec = (__kernel_time64_t)(ns / NSEC_PER_SEC);
	ts->tv_nsec = (long long)(ns % NSEC_PER_SEC);
	return 0;
}

int __vdso_clock_getres(int clock, struct __kernel_timespec *ts)
{
	return (int)vdso_syscall2(__NR_clock_getres, clock, (long)ts);
}

int __vdso_gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz)
{
	uint64_t ns = 0;

	if (tv && !clock_read(CLOCK_REALTIME, &ns))
		return (int)vdso_syscall2(__NR_gettimeofday, (long)tv, (long)tz);
	if (tv) {
		tv->tv_sec = (__kernel_long_t)(ns / NSEC_PER_SEC);
		tv->tv_usec = (__kernel_long_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC);
	}
	if (tz) {
		tz->tz_minuteswest = READ_ONCE(vdso_data_page.tz_minuteswest);
		tz->tz_dsttime = READ_ONCE(vdso_data_page.tz_dsttime);
	}
	return 0;
}

__kernel_old_time_t __vdso_time(__kernel_old_time_t *t)
{
	uint64_t ns;
	__kernel_old_time_t seconds;

	if (!clock_read(CLOCK_REALTIME, &ns))
		return vdso_syscall2(__NR_time, (long)t, 0);
	seconds = (__kernel_old_time_t)(ns / NSEC_PER_SEC);
	if (t)
		*t = seconds;
	return seconds;
}

long __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	(void)unused;
	if (cpu)
		*cpu = vdso_cpu();
	if (node)
		*node = 0;
	return 0;
}

/* The plain names, as Linux has them too. */
__attribute__((__weak__, __alias__("__vdso_clock_gettime")))
int clock_gettime(int clock, struct __kernel_timespec *ts);
__attribute__((__weak__, __alias__("__vdso_clock_getres")))
int clock_getres(int clock, struct __kernel_timespec *ts);
__attribute__((__weak__, __alias__("__vdso_gettimeofday")))
int gettimeofday(struct __kernel_old_timeval *tv, struct timezone *tz);
__attribute__((__weak__, __alias__("__vdso_time"))) __kernel_old_time_t time(__kernel_old_time_t *t);
__attribute__((__weak__, __alias__("__vdso_getcpu"))) long getcpu(unsigned *cpu, unsigned *node, void *unused);
