/* SPDX-License-Identifier: MIT */
/* adjtimex, clock_adjtime: reading needs no right, setting does; what is left of an adjtime(3) can be asked. */
#include "lib/contract.h"

#include <sys/timex.h>

static int adjust(struct timex *tx)
{
	return (int)syscall(SYS_adjtimex, tx);
}

static int unprivileged(void *arg)
{
	struct timex tx = { .modes = ADJ_STATUS };

	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_ERR(adjust(&tx), EPERM, "setting the status");
	tx.modes = ADJ_OFFSET_SINGLESHOT;
	CHECK_ERR(adjust(&tx), EPERM, "slewing");
	tx.modes = 0;
	CHECK(adjust(&tx) >= 0, "reading");
	tx.modes = ADJ_OFFSET_SS_READ;
	CHECK(adjust(&tx) >= 0, "reading what adjtime has left");
	return 0;
}

void contract_main(void)
{
	struct timex tx = { 0 };
	struct timespec ts;

	need_root();
	CHECK(adjust(&tx) >= 0, "reads");
	CHECK(tx.tick >= 9000 && tx.tick <= 11000, "a tick is about 10 ms");
	REQUIRE(clock_gettime(CLOCK_REALTIME, &ts) == 0);
	CHECK(ts.tv_sec - tx.time.tv_sec >= 0 && ts.tv_sec - tx.time.tv_sec < 30, "the time is the realtime clock's");
	CHECK(tx.time.tv_usec >= 0 && tx.time.tv_usec < (tx.status & STA_NANO ? 1000000000 : 1000000),
	      "the fraction's unit is as the status says");
	tx.modes = 0;
	CHECK(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &tx) >= 0, "clock_adjtime reads");
	CHECK_ERR(syscall(SYS_clock_adjtime, 99, &tx), EINVAL, "no such clock");
	CHECK_ERR(syscall(SYS_clock_adjtime, CLOCK_MONOTONIC, &tx), EOPNOTSUPP, "a clock that cannot be adjusted");
	CHECK_ERR(adjust((struct timex *)bad_pointer()), EFAULT, "a bad pointer");
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
}
