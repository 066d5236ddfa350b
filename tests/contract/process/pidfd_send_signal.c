/* SPDX-License-Identifier: MIT */
/* pidfd_send_signal: by descriptor, with siginfo, to itself and others; errors. */
#include "lib/contract.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

static volatile int value, code;

static void note_info(int sig, siginfo_t *info, void *context)
{
	value = info->si_value.sival_int;
	code = info->si_code;
}

static long send(int fd, int sig, siginfo_t *info, unsigned flags)
{
	return syscall(SYS_pidfd_send_signal, fd, sig, info, flags);
}

void contract_main(void)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE, .si_value.sival_int = 77 };
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0), fd, null = open("/dev/null", O_RDONLY);
	pid_t pid = fork_child();

	if (pid == 0) {
		for (;;)
			pause();
	}
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	REQUIRE(self >= 0 && fd >= 0);
	on_siginfo(SIGUSR1, note_info, 0);
	CHECK_INT(send(self, SIGUSR1, NULL, 0), 0, "to itself");
	CHECK_INT(code, SI_USER, "comes as from kill");
	CHECK_INT(send(self, SIGUSR1, &info, 0), 0, "with siginfo");
	CHECK_INT(value, 77, "the value arrives");
	CHECK_INT(code, SI_QUEUE, "and the code");
	info.si_signo = SIGUSR2;
	CHECK_ERR(send(self, SIGUSR1, &info, 0), EINVAL, "a siginfo of another signal is EINVAL");
	info.si_signo = SIGUSR1, info.si_code = SI_USER;
	CHECK_ERR(send(fd, SIGUSR1, &info, 0), EPERM, "pretending to be kill(2) to another is EPERM");
	CHECK_ERR(send(self, 65, NULL, 0), EINVAL, "no signal is EINVAL");
	CHECK_ERR(send(self, SIGUSR1, NULL, 1U << 31), EINVAL, "an unknown flag is EINVAL");
	CHECK_ERR(send(null, SIGUSR1, NULL, 0), EBADF, "no pidfd is EBADF");
	CHECK_ERR(send(999, SIGUSR1, NULL, 0), EBADF, "a closed descriptor is EBADF");
	CHECK_INT(send(fd, 0, NULL, 0), 0, "signal 0 only asks");
	CHECK_INT(send(fd, SIGTERM, NULL, 0), 0, "SIGTERM");
	CHECK_INT(wait_status(pid), SIGTERM, "ends the child");
	CHECK_ERR(send(fd, 0, NULL, 0), ESRCH, "then it is ESRCH");
}
