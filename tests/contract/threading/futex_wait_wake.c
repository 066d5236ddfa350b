/* SPDX-License-Identifier: MIT */
/*
 * futex: EAGAIN on a mismatch, wake counts, timeouts on both clocks, EINVAL, shared between
 * processes (lesson 10).
 */
#include "lib/contract.h"

#include <linux/futex.h>

static long futex(volatile int *word, int op, int value, const struct timespec *ts)
{
	return syscall(SYS_futex, word, op, value, ts, NULL, 0);
}

void contract_main(void)
{
	volatile int *word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct timespec ts = { 0, 30000000 }, abs, bad = { 0, 1000000000 };
	int64_t start;
	pid_t pid[3];

	REQUIRE(word != MAP_FAILED);
	*word = 5;
	CHECK_ERR(futex(word, FUTEX_WAIT, 4, NULL), EAGAIN, "another value is EAGAIN");
	CHECK_INT(futex(word, FUTEX_WAKE, 1, NULL), 0, "waking nobody is 0");
	start = now_ns();
	CHECK_ERR(futex(word, FUTEX_WAIT, 5, &ts), ETIMEDOUT,
		  "a relative time ends with ETIMEDOUT");
	CHECK(now_ns() - start >= 30000000, "not early");
	clock_gettime(CLOCK_MONOTONIC, &abs);
	abs.tv_sec += 1, abs.tv_nsec = 0;
	CHECK_ERR(syscall(SYS_futex, word, FUTEX_WAIT_BITSET, 5, &abs, NULL, -1), ETIMEDOUT,
		  "FUTEX_WAIT_BITSET: an absolute monotonic time");
	clock_gettime(CLOCK_REALTIME, &abs);
	CHECK_ERR(syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME | FUTEX_PRIVATE_FLAG, 5, &abs,
			  NULL, -1), ETIMEDOUT, "with FUTEX_CLOCK_REALTIME a real one");
	abs = (struct timespec){ 1, 0 };
	CHECK_ERR(syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME | FUTEX_PRIVATE_FLAG, 5, &abs,
			  NULL, -1), ETIMEDOUT, "also in 1970, before the machine started");
	CHECK_ERR(futex(word, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 5, &ts), ENOSYS, "but not for a relative one");
	CHECK_ERR(futex(word, FUTEX_WAIT, 5, &bad), EINVAL, "a bad time is EINVAL");
	CHECK_ERR(futex((int *)((char *)word + 1), FUTEX_WAIT, 5, NULL), EINVAL,
		  "an unaligned word is EINVAL");
	CHECK_ERR(futex(bad_pointer(), FUTEX_WAIT, 5, NULL), EFAULT, "a bad pointer is EFAULT");
	CHECK_ERR(futex(word, 99, 5, NULL), ENOSYS, "an unknown command is ENOSYS");
	for (int i = 0; i < 3; i++) {
		pid[i] = fork_child();
		if (pid[i] == 0)
			_exit(futex(word, FUTEX_WAIT, 5, NULL) == 0 ? 0 : 1);
	}
	for (int i = 0; i < 3; i++)
		wait_asleep(pid[i]);
	CHECK_INT(futex(word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 10, NULL), 0,
		  "a private wake does not reach a shared wait");
	CHECK_INT(futex(word, FUTEX_WAKE, 1, NULL), 1, "one of three processes is woken");
	CHECK_INT(futex(word, FUTEX_WAKE, INT_MAX, NULL), 2, "then the other two");
	for (int i = 0; i < 3; i++)
		CHECK_INT(wait_status(pid[i]), 0, "each returns 0");
}
