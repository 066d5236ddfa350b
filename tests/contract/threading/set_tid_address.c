/* SPDX-License-Identifier: MIT */
/* set_tid_address returns the tid; at a thread's end the word is cleared and a waiter woken. */
#include "lib/contract.h"

#include <linux/futex.h>
#include <sched.h>

static char stack[65536] __attribute__((aligned(16)));
static volatile int tid_word = -1, ran;

static int thread(void *arg)
{
	struct timespec ts = { 0, 30000000 };

	ran = (int)syscall(SYS_gettid);
	syscall(SYS_nanosleep, &ts, NULL);
	syscall(SYS_exit, 0);
	return 0;
}

static int thread_process(void *arg)
{
	int flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM |
		    CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
	int tid, seen = 0;

	tid = clone(thread, stack + sizeof(stack), flags, NULL, &tid_word, NULL, &tid_word);
	REQUIRE(tid > 0);
	while ((seen = tid_word) != 0) {
		REQUIRE(seen == tid);
		syscall(SYS_futex, &tid_word, FUTEX_WAIT, seen, NULL, NULL, 0);
	}
	CHECK_INT(ran, tid, "the thread ran with the tid clone returned");
	CHECK_INT(tid_word, 0, "its end cleared the word and woke the waiter");
	return 0;
}

void contract_main(void)
{
	int word;

	CHECK_EXIT(thread_process, NULL, 0, "the process with a thread ends well");
	CHECK_INT(syscall(SYS_set_tid_address, &word), syscall(SYS_gettid),
		  "set_tid_address returns the tid");
}
