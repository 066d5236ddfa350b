/* SPDX-License-Identifier: MIT */
/*
 * rseq: a critical section interrupted by a signal goes on at its abort address, and so does one that was preempted;
 * outside of the section nothing happens but rseq_cs is cleared; a wrong signature ends the program.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/time.h>

struct area {
	uint32_t cpu_id_start, cpu_id;
	uint64_t rseq_cs;
	uint32_t flags, rest[3];
} __attribute__((aligned(32)));

struct section {
	uint32_t version, flags;
	uint64_t start_ip, post_commit_offset, abort_ip;
} __attribute__((aligned(32)));

#define SIGNATURE 0x53053053

static volatile struct area area;
static volatile int handled;
static struct section *cs;

/*
 * Spins inside a section that never ends by itself: returns 1 when it was aborted. The signature stands before the
 * abort address, inside an instruction that is never executed.
 */
static int spin_in_section(struct section *s)
{
	int aborted;

	__asm__ volatile(
		"	leaq	1f(%%rip), %%rax\n"
		"	movq	%%rax, 8(%[s])\n"
		"	movq	$(2f - 1f), 16(%[s])\n"
		"	leaq	4f(%%rip), %%rax\n"
		"	movq	%%rax, 24(%[s])\n"
		"	movq	%[s], 8(%[area])\n"
		"1:	pause\n"
		"	jmp	1b\n"
		"2:	nop\n"
		"	movl	$0, %[aborted]\n"
		"	jmp	5f\n"
		"	.long	0x53053053\n"
		"4:	movl	$1, %[aborted]\n"
		"5:\n"
		: [aborted] "=r"(aborted) : [s] "r"(s), [area] "r"(&area) : "rax", "memory");
	return aborted;
}

static void count(int sig)
{
	handled++;
}

static int by_signal(void *arg)
{
	struct itimerval soon = { .it_value.tv_usec = 50000 };
	int aborted = 1;

	REQUIRE(syscall(SYS_rseq, &area, 32, 0, SIGNATURE) == 0);
	on_signal(SIGALRM, count, 0);
	setitimer(ITIMER_REAL, &soon, NULL);
	do {
		aborted &= spin_in_section(cs);	/* others may preempt it before */
	} while (!handled);
	CHECK_INT(aborted, 1, "a signal aborts the section");
	CHECK_INT(handled, 1, "its handler ran");
	CHECK_INT(area.rseq_cs, 0, "rseq_cs is cleared");
	return 0;
}

static int by_preemption(void *arg)
{
	cpu_set_t one;
	pid_t other;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
	other = fork_child();
	if (other == 0) {
		for (;;)
			;
	}
	REQUIRE(syscall(SYS_rseq, &area, 32, 0, SIGNATURE) == 0);
	CHECK_INT(spin_in_section(cs), 1, "another process on the CPU aborts the section");
	kill(other, SIGKILL);
	wait_status(other);
	return 0;
}

static int stale_section(void *arg)
{
	REQUIRE(syscall(SYS_rseq, &area, 32, 0, SIGNATURE) == 0);
	on_signal(SIGUSR1, count, 0);
	cs->start_ip = (uintptr_t)spin_in_section;
	cs->post_commit_offset = 1;
	cs->abort_ip = (uintptr_t)&cs[1] + 4;
	*(uint32_t *)&cs[1] = SIGNATURE;
	area.rseq_cs = (uintptr_t)cs;
	raise(SIGUSR1);
	CHECK_INT(area.rseq_cs, 0, "outside of the section rseq_cs is only cleared");
	return 0;
}

static int wrong_signature(void *arg)
{
	REQUIRE(syscall(SYS_rseq, &area, 32, 0, SIGNATURE) == 0);
	on_signal(SIGUSR1, count, 0);
	cs->start_ip = (uintptr_t)spin_in_section;
	cs->post_commit_offset = 1;
	cs->abort_ip = (uintptr_t)&cs[1] + 4;
	*(uint32_t *)&cs[1] = SIGNATURE + 1;
	area.rseq_cs = (uintptr_t)cs;
	raise(SIGUSR1);
	return 0;
}

static int inherited_by_fork(void *arg)
{
	pid_t pid;

	REQUIRE(syscall(SYS_rseq, &area, 32, 0, SIGNATURE) == 0);
	pid = fork_child();
	if (pid == 0)
		_exit(syscall(SYS_rseq, &area, 32, 0, SIGNATURE) == -1 && errno == EBUSY ? 0 : 1);
	CHECK_INT(wait_status(pid), 0, "a forked child is registered");
	return 0;
}

void contract_main(void)
{
#ifdef __GLIBC__
	skip_all("glibc registers rseq by itself");
#endif
	cs = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(cs != MAP_FAILED);
	CHECK_EXIT(by_signal, NULL, 0, "signal");
	CHECK_EXIT(by_preemption, NULL, 0, "preemption");
	CHECK_EXIT(stale_section, NULL, 0, "stale section");
	CHECK_EXIT(inherited_by_fork, NULL, 0, "fork");
	CHECK_SIGNALLED(wrong_signature, NULL, SIGSEGV, "a wrong signature is SIGSEGV");
}
