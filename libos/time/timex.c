/* SPDX-License-Identifier: MIT */
/*
 * timex: the state of adjtimex(2).
 *
 * Locking. timex.lock (class "timex", a leaf) protects the state; the clock itself has its own lock.
 */
#include "time/timex.h"

#include "lib/err.h"
#include "lib/string.h"
#include "sync/spinlock.h"
#include "time/clock.h"

#define PHASE_LIMIT_US	16000000	/* error of a clock that nobody disciplines: NTP's 16 s */
#define TOLERANCE_PPM	500
#define TICK_US		10000
#define CONSTANT_MAX	10
#define ADJTIME_MODE	0x8000		/* of adjtime(3): the UAPI header has it only within its two requests */
#define STA_SETTABLE	(~(unsigned)STA_RONLY)

/* Field legend: [l] lock */
static struct {
	struct spinlock lock;
	int status;			/* [l] STA_* */
	long long maxerror, esterror;	/* [l] microseconds */
	long long constant;		/* [l] */
} timex = {
	.lock = { .class = &(struct lock_class)LOCK_CLASS_INIT("timex") },
	.status = STA_UNSYNC,
	.maxerror = PHASE_LIMIT_US,
	.esterror = PHASE_LIMIT_US,
	.constant = 2,
};

/* Only reads: what is left of an adjtime(3), which is never anything. */
static bool reads_only(unsigned modes)
{
	return !modes || modes == ADJ_OFFSET_SS_READ;
}

/* Is a rate or phase asked for that is not there? */
static int check_rate(const struct __kernel_timex *tx)
{
	if (tx->modes & ADJTIME_MODE)
		return tx->modes != ADJ_OFFSET_SINGLESHOT ? -EINVAL : tx->offset ? -EOPNOTSUPP : 0;
	if (tx->modes & ADJ_TICK && (tx->tick < TICK_US * 9 / 10 || tx->tick > TICK_US * 11 / 10))
		return -EINVAL;
	if ((tx->modes & ADJ_TICK && tx->tick != TICK_US) || (tx->modes & ADJ_FREQUENCY && tx->freq) ||
	    (tx->modes & ADJ_OFFSET && tx->offset && (timex.status & STA_PLL || tx->status & STA_PLL)))
		return -EOPNOTSUPP;
	return 0;
}

static int step_clock(const struct __kernel_timex *tx)
{
	int64_t ns = tx->modes & ADJ_NANO ? tx->time.tv_usec : tx->time.tv_usec * (int64_t)NSEC_PER_USEC;

	if (ns < 0 || ns >= (int64_t)NSEC_PER_SEC)
		return -EINVAL;
	return clock_step_realtime(tx->time.tv_sec * (int64_t)NSEC_PER_SEC + ns);
}

static long long clamp_error(long long us)
{
	return us < 0 ? 0 : us > PHASE_LIMIT_US ? PHASE_LIMIT_US : us;
}

static void store_state(const struct __kernel_timex *tx)
{
	unsigned modes = tx->modes & ADJTIME_MODE ? 0 : tx->modes;
	unsigned long flags = spin_lock_irqsave(&timex.lock);

	if (modes & ADJ_STATUS)
		timex.status = (timex.status & STA_RONLY) | (int)((unsigned)tx->status & STA_SETTABLE);
	if (modes & ADJ_NANO)
		timex.status |= STA_NANO;
	if (modes & ADJ_MICRO)
		timex.status &= ~STA_NANO;
	if (modes & ADJ_MAXERROR)
		timex.maxerror = clamp_error(tx->maxerror);
	if (modes & ADJ_ESTERROR)
		timex.esterror = clamp_error(tx->esterror);
	if (modes & ADJ_TIMECONST) {
		timex.constant = tx->constant + (timex.status & STA_NANO ? 0 : 4);
		timex.constant = timex.constant < 0 ? 0 : timex.constant > CONSTANT_MAX ? CONSTANT_MAX : timex.constant;
	}
	spin_unlock_irqrestore(&timex.lock, flags);
	if (modes & ADJ_TAI && tx->constant >= 0)
		clock_set_tai_offset((int)tx->constant);
}

static int apply(const struct __kernel_timex *tx)
{
	int err = check_rate(tx);

	if (!err && tx->modes & ADJ_SETOFFSET && !(tx->modes & ADJTIME_MODE))
		err = step_clock(tx);
	if (!err)
		store_state(tx);
	return err;
}

int timex_adjust(struct __kernel_timex *tx, bool may_set)
{
	uint64_t now;
	unsigned long flags;
	int err;

	if (!reads_only(tx->modes)) {
		if (!may_set)
			return -EPERM;
		err = apply(tx);
		if (err)
			return err;
	}
	memset(tx, 0, sizeof(*tx));
	flags = spin_lock_irqsave(&timex.lock);
	tx->status = timex.status;
	tx->maxerror = timex.maxerror;
	tx->esterror = timex.esterror;
	tx->constant = timex.constant;
	spin_unlock_irqrestore(&timex.lock, flags);
	now = clock_realtime_ns();
	tx->precision = 1;
	tx->tolerance = TOLERANCE_PPM << 16;
	tx->tick = TICK_US;
	tx->tai = clock_tai_offset();
	tx->time.tv_sec = (long long)(now / NSEC_PER_SEC);
	tx->time.tv_usec = (long long)(now % NSEC_PER_SEC / (tx->status & STA_NANO ? 1 : NSEC_PER_USEC));
	return tx->status & (STA_UNSYNC | STA_CLOCKERR) ? TIME_ERROR : TIME_OK;
}
