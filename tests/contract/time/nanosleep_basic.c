/* SPDX-License-Identifier: MIT */
/* nanosleep: 50 ms are at least 50 ms; many short sleeps; bad values EINVAL; zero returns. */
#include "lib/contract.h"

void contract_main(void)
{
	struct timespec ts = { 0, 50000000 };
	int64_t start = now_ns();
	int early = 0;

	CHECK_INT(nanosleep(&ts, NULL), 0, "50 ms");
	CHECK(now_ns() - start >= 50000000, "not early");
	CHECK(now_ns() - start < 1000000000LL * contract_slow(), "nor much too late");
	for (int i = 1; i <= 50; i++) {
		ts = (struct timespec){ 0, i * 10000 };
		start = now_ns();
		REQUIRE(nanosleep(&ts, NULL) == 0);
		early += now_ns() - start < i * 10000;
	}
	CHECK_INT(early, 0, "50 sleeps of 10 to 500 us are none early");
	ts = (struct timespec){ 0, 0 };
	CHECK_INT(nanosleep(&ts, NULL), 0, "zero");
	ts = (struct timespec){ 0, 1000000000 };
	CHECK_ERR(nanosleep(&ts, NULL), EINVAL, "1000000000 nanoseconds are EINVAL");
	ts = (struct timespec){ -1, 0 };
	CHECK_ERR(nanosleep(&ts, NULL), EINVAL, "negative seconds too");
	ts = (struct timespec){ 0, -1 };
	CHECK_ERR(nanosleep(&ts, NULL), EINVAL, "negative nanoseconds too");
}
