/* SPDX-License-Identifier: MIT */
/*
 * futex_waitv: sleeps on several words, returns the index of the one woken; values, flags, counts, timeouts on both
 * clocks are checked.
 */
#include "lib/contract.h"

#include <linux/futex.h>

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif
#define SIZE_32 2
#define WORDS 5

struct waiter {
	uint64_t val, uaddr;
	uint32_t flags, reserved;
};

static volatile uint32_t *words;

static long waitv(struct waiter *w, unsigned n, unsigned flags, struct timespec *t, int clock)
{
	return syscall(SYS_futex_waitv, w, n, flags, t, clock);
}

static void fill(struct waiter *w, uint32_t flags)
{
	for (int i = 0; i < WORDS; i++)
		w[i] = (struct waiter){ .val = words[i], .uaddr = (uintptr_t)&words[i], .flags = flags };
}

static int sleeper(void)
{
	struct waiter w[WORDS];
	long got;

	fill(w, SIZE_32);
	got = waitv(w, WORDS, 0, NULL, 0);
	return got < 0 ? 100 : (int)got;
}

static void woken_index(int index)
{
	pid_t pid = fork_child();
	int status;

	if (pid == 0)
		_exit(sleeper());
	wait_asleep(pid);
	CHECK_INT(syscall(SYS_futex, &words[index], FUTEX_WAKE, 1, NULL, NULL, 0), 1, "word %d wakes one", index);
	status = wait_status(pid);
	CHECK_INT(WEXITSTATUS(status), index, "and its index is returned");
}

static void on_alarm(int sig)
{
}

static void deadlines(struct waiter *w)
{
	struct timespec t;
	int64_t begin = now_ns();

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
	CHECK_ERR(waitv(w, WORDS, 0, &t, CLOCK_MONOTONIC), ETIMEDOUT, "a deadline on CLOCK_MONOTONIC");
	CHECK(now_ns() - begin >= 20000000, "is waited for");
	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += 20000000;
	t.tv_sec += t.tv_nsec / 1000000000, t.tv_nsec %= 1000000000;
	begin = now_ns();
	CHECK_ERR(waitv(w, WORDS, 0, &t, CLOCK_REALTIME), ETIMEDOUT, "one on CLOCK_REALTIME");
	CHECK(now_ns() - begin >= 19000000, "too");
	CHECK_ERR(waitv(w, WORDS, 0, &t, CLOCK_BOOTTIME), EINVAL, "another clock is EINVAL");
	t.tv_nsec = 1000000000;
	CHECK_ERR(waitv(w, WORDS, 0, &t, CLOCK_MONOTONIC), EINVAL, "a bad time is EINVAL");
}

void contract_main(void)
{
	struct waiter w[129] = { 0 };

	words = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(words != MAP_FAILED);
	for (int i = 0; i < WORDS; i++)
		words[i] = (uint32_t)i + 7;
	woken_index(0);
	woken_index(3);
	woken_index(WORDS - 1);
	fill(w, SIZE_32);
	w[2].val++;
	CHECK_ERR(waitv(w, WORDS, 0, NULL, 0), EAGAIN, "another value is EAGAIN");
	fill(w, SIZE_32);
	deadlines(w);
	CHECK_ERR(waitv(w, 0, 0, NULL, 0), EINVAL, "no word is EINVAL");
	CHECK_ERR(waitv(w, 129, 0, NULL, 0), EINVAL, "129 words are EINVAL");
	CHECK_ERR(waitv(w, WORDS, 1, NULL, 0), EINVAL, "a flag is EINVAL");
	CHECK_ERR(waitv(NULL, WORDS, 0, NULL, 0), EINVAL, "no array is EINVAL");
	CHECK_ERR(waitv(bad_pointer(), WORDS, 0, NULL, 0), EFAULT, "a bad array is EFAULT");
	w[1].flags = 0;
	CHECK_ERR(waitv(w, WORDS, 0, NULL, 0), EINVAL, "a word without its size is EINVAL");
	fill(w, SIZE_32);
	w[1].reserved = 1;
	CHECK_ERR(waitv(w, WORDS, 0, NULL, 0), EINVAL, "reserved bits are EINVAL");
	fill(w, SIZE_32);
	w[1].uaddr++;
	CHECK_ERR(waitv(w, WORDS, 0, NULL, 0), EINVAL, "a misaligned word is EINVAL");
	w[1].uaddr = (uintptr_t)bad_pointer();
	CHECK_ERR(waitv(w, WORDS, 0, NULL, 0), EFAULT, "a bad word is EFAULT");
	fill(w, SIZE_32);
	on_signal(SIGALRM, on_alarm, 0);
	alarm(1);
	CHECK_ERR(waitv(w, WORDS, 0, NULL, 0), EINTR, "a handler interrupts it");
}
