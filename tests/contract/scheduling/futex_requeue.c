/* SPDX-License-Identifier: MIT */
/* FUTEX_CMP_REQUEUE, WAKE_OP, WAIT_BITSET: mismatches, counts, effects, masks. */
#include "lib/contract.h"

#include <linux/futex.h>

static volatile int *words;

static long op(volatile int *a, int cmd, long val, long val2, volatile int *b, long val3)
{
	return syscall(SYS_futex, a, cmd, val, val2, b, val3);
}

static pid_t waiter(volatile int *word, unsigned int bits)
{
	pid_t pid = fork_child();

	if (pid == 0)
		_exit(op(word, FUTEX_WAIT_BITSET, *word, 0, NULL, bits) == 0 ? 0 : 1);
	wait_asleep(pid);
	return pid;
}

void contract_main(void)
{
	volatile int *a, *b;
	pid_t pid[3];

	words = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	REQUIRE(words != MAP_FAILED);
	a = words, b = words + 16;
	*a = 1;
	CHECK_ERR(op(a, FUTEX_CMP_REQUEUE, 1, 1, b, 2), EAGAIN,
		  "CMP_REQUEUE: another value is EAGAIN");
	CHECK_INT(op(a, FUTEX_CMP_REQUEUE, 1, 1, b, 1), 0, "CMP_REQUEUE of nobody is 0");
	for (int i = 0; i < 3; i++)
		pid[i] = waiter(a, ~0u);
	CHECK_INT(op(a, FUTEX_CMP_REQUEUE, 1, 1, b, 1), 2, "CMP_REQUEUE: one woken and one moved");
	CHECK_INT(op(a, FUTEX_WAKE, 10, 0, NULL, 0), 1, "one is left");
	CHECK_INT(op(b, FUTEX_WAKE, 10, 0, NULL, 0), 1, "one was moved");
	for (int i = 0; i < 3; i++)
		CHECK_INT(wait_status(pid[i]), 0, "each returns 0");
	*b = 5;
	CHECK_INT(op(a, FUTEX_WAKE_OP, 1, 1, b, FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5)), 0,
		  "WAKE_OP");
	CHECK_INT(*b, 8, "changes the second word");
	pid[0] = waiter(b, ~0u);
	CHECK_INT(op(a, FUTEX_WAKE_OP, 1, 1, b, FUTEX_OP(FUTEX_OP_SET, 1, FUTEX_OP_CMP_EQ, 9)), 0,
		  "WAKE_OP with a false comparison wakes nobody");
	CHECK_INT(op(a, FUTEX_WAKE_OP, 1, 1, b, FUTEX_OP(FUTEX_OP_SET, 2, FUTEX_OP_CMP_EQ, 1)), 1,
		  "a true one wakes");
	CHECK_INT(wait_status(pid[0]), 0, "the waiter");
	CHECK_ERR(op(a, FUTEX_WAIT_BITSET, 7, 0, NULL, 1), EAGAIN,
		  "WAIT_BITSET: another value is EAGAIN");
	CHECK_ERR(op(a, FUTEX_WAIT_BITSET, 1, 0, NULL, 0), EINVAL, "an empty mask is EINVAL");
	CHECK_ERR(op(a, FUTEX_WAKE_BITSET, 1, 0, NULL, 0), EINVAL, "for waking too");
	pid[0] = waiter(a, 2);
	CHECK_INT(op(a, FUTEX_WAKE_BITSET, 10, 0, NULL, 5), 0, "another mask does not wake");
	CHECK_INT(op(a, FUTEX_WAKE_BITSET, 10, 0, NULL, 3), 1, "a common bit does");
	CHECK_INT(wait_status(pid[0]), 0, "the waiter");
	CHECK_INT(op(a, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, 0, NULL, 0), 0,
		  "an empty private wake is 0");
}
