/* SPDX-License-Identifier: MIT */
/* siginfo of kill, tgkill, sigqueue, alarm, and rt_sigqueueinfo's rules about si_code. */
#include "lib/contract.h"

static volatile siginfo_t last;
static volatile int count;

static void handler(int sig, siginfo_t *info, void *uc)
{
	memcpy((void *)&last, info, sizeof(last));
	count++;
}

static int forged_code(void *arg)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_USER };

	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info), EPERM,
		  "rt_sigqueueinfo with SI_USER to another process is EPERM");
	info.si_code = SI_TKILL;
	CHECK_ERR(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info), EPERM,
		  "with SI_TKILL too");
	info.si_code = -60;
	CHECK_INT(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info), 0,
		  "another negative code is fine");
	return 0;
}

void contract_main(void)
{
	pid_t pid = getpid();

	on_siginfo(SIGUSR1, handler, SA_RESTART);
	on_siginfo(SIGALRM, handler, 0);
	kill(pid, SIGUSR1);
	CHECK(last.si_signo == SIGUSR1 && last.si_code == SI_USER, "kill: SI_USER");
	CHECK(last.si_pid == pid && last.si_uid == getuid(), "with sender and user");
	syscall(SYS_tgkill, pid, syscall(SYS_gettid), SIGUSR1);
	CHECK_INT(last.si_code, SI_TKILL, "tgkill: SI_TKILL");
	CHECK_INT(last.si_pid, pid, "with sender");
	sigqueue(pid, SIGUSR1, (union sigval){ .sival_ptr = (void *)0x123456789abc });
	CHECK_INT(last.si_code, SI_QUEUE, "sigqueue: SI_QUEUE");
	CHECK(last.si_value.sival_ptr == (void *)0x123456789abc, "with all 64 bits of its value");
	CHECK_INT(last.si_pid, pid, "and the sender");
	alarm(1);
	pause();
	CHECK(last.si_signo == SIGALRM && last.si_code == SI_KERNEL, "alarm: SI_KERNEL");
	count = 0;
	CHECK_EXIT(forged_code, NULL, 0, "the child that queues ends well");
	CHECK_INT(count, 1, "one of its signals came");
	CHECK_INT(last.si_code, -60, "with its code");
}
