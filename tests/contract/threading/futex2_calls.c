/* SPDX-License-Identifier: MIT */
/* futex_wait, futex_wake, futex_requeue: the calls of Linux 6.7. Masks, values, counts, flags. */
#include "lib/contract.h"

#define FUTEX2_WAKE 454
#define FUTEX2_WAIT 455
#define FUTEX2_REQUEUE 456
#define SIZE_32 2
#define ANY 0xffffffffUL

struct waiter {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static volatile uint32_t *a, *b;

static long wake(volatile uint32_t *word, unsigned long mask, int n, unsigned flags)
{
	return syscall(FUTEX2_WAKE, word, mask, n, flags);
}

static long wait_on(volatile uint32_t *word, unsigned long val, unsigned long mask, struct timespec *t)
{
	return syscall(FUTEX2_WAIT, word, val, mask, SIZE_32, t, CLOCK_MONOTONIC);
}

static pid_t sleeper(unsigned long mask)
{
	pid_t pid = fork_child();

	if (pid == 0)
		_exit(wait_on(a, *a, mask, NULL) == 0 ? 0 : 1);
	wait_asleep(pid);
	return pid;
}

void contract_main(void)
{
	struct waiter w[2] = { { .flags = SIZE_32 }, { .flags = SIZE_32 } };
	struct timespec past = { 0, 0 };
	pid_t pid[2];

	a = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(a != MAP_FAILED);
	b = a + 16;
	*a = 3;
	if (wake(a, ANY, 1, SIZE_32) == -1 && errno == ENOSYS)
		skip_all("older than Linux 6.7");
	CHECK_INT(wake(a, ANY, 1, SIZE_32), 0, "waking nobody is 0");
	CHECK_ERR(wake(a, 0, 1, SIZE_32), EINVAL, "an empty mask is EINVAL");
	CHECK_ERR(wake(a, 1UL << 32, 1, SIZE_32), EINVAL, "a mask of more than 32 bits is EINVAL");
	CHECK_ERR(wake(a, ANY, 1, 0), EINVAL, "an 8-bit word is EINVAL");
	CHECK_ERR(wait_on(a, 4, ANY, NULL), EAGAIN, "another value is EAGAIN");
	CHECK_ERR(wait_on(a, 3, 0, NULL), EINVAL, "waiting for no bit is EINVAL");
	CHECK_ERR(wait_on(a, 3, ANY, &past), ETIMEDOUT, "a deadline that has passed is ETIMEDOUT");
	pid[0] = sleeper(2);
	CHECK_INT(wake(a, 5, 1, SIZE_32), 0, "no common bit wakes nobody");
	CHECK_INT(wake(a, 3, 1, SIZE_32), 1, "a common bit wakes");
	CHECK_INT(wait_status(pid[0]), 0, "the waiter");
	pid[0] = sleeper(ANY);
	pid[1] = sleeper(ANY);
	w[0].uaddr = (uintptr_t)a, w[0].val = 3;
	w[1].uaddr = (uintptr_t)b;
	CHECK_INT(wake(a, ANY, 0, SIZE_32), 0, "a count of 0 wakes nobody");
	CHECK_ERR(syscall(FUTEX2_REQUEUE, w, 1, 1, 1), EINVAL, "requeue with a flag is EINVAL");
	CHECK_INT(syscall(FUTEX2_REQUEUE, w, 0, 1, 1), 2, "requeue: one woken, one moved");
	CHECK_INT(wake(b, ANY, 9, SIZE_32), 1, "the one moved is on the second word");
	CHECK_INT(wait_status(pid[0]), 0, "the first ends");
	CHECK_INT(wait_status(pid[1]), 0, "and the other");
	w[0].val = 9;
	CHECK_ERR(syscall(FUTEX2_REQUEUE, w, 0, 1, 1), EAGAIN, "requeue with another value is EAGAIN");
}
