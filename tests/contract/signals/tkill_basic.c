/* SPDX-License-Identifier: MIT */
/* tkill, tgkill, kill: signal 0 probes, errors for bad ids and signals, SI_TKILL code. */
#include "lib/contract.h"

static volatile int got, code;
static volatile pid_t from;

static void handler(int sig, siginfo_t *info, void *uc)
{
	got++;
	code = info->si_code;
	from = info->si_pid;
}

void contract_main(void)
{
	pid_t pid = getpid();

	on_siginfo(SIGUSR1, handler, 0);
	CHECK_INT(syscall(SYS_tkill, pid, 0), 0, "tkill with signal 0");
	CHECK_INT(got, 0, "sends nothing");
	CHECK_INT(syscall(SYS_tkill, pid, SIGUSR1), 0, "tkill to oneself");
	CHECK_INT(got, 1, "runs the handler before it returns");
	CHECK_INT(code, SI_TKILL, "with code SI_TKILL");
	CHECK_INT(from, pid, "and the sender's pid");
	CHECK_ERR(syscall(SYS_tkill, 0x7ffffffe, SIGUSR1), ESRCH, "nobody's id is ESRCH");
	CHECK_ERR(syscall(SYS_tkill, 0, SIGUSR1), EINVAL, "id 0 is EINVAL");
	CHECK_ERR(syscall(SYS_tkill, pid, 65), EINVAL, "signal 65 is EINVAL");
	CHECK_ERR(syscall(SYS_tgkill, pid, -1, SIGUSR1), EINVAL, "tgkill: id -1 is EINVAL");
	CHECK_INT(kill(pid, 0), 0, "kill with signal 0");
	CHECK_ERR(kill(0x7ffffffe, 0), ESRCH, "kill of nobody is ESRCH");
	CHECK_ERR(kill(pid, 65), EINVAL, "kill with signal 65 is EINVAL");
	CHECK_ERR(kill(INT_MIN, 0), ESRCH, "kill of INT_MIN is ESRCH");
	CHECK_INT(kill(pid, SIGUSR1), 0, "kill to oneself");
	CHECK_INT(got, 2, "runs the handler before it returns");
	CHECK_INT(code, SI_USER, "with code SI_USER");
}
