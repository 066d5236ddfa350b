/* SPDX-License-Identifier: MIT */
/* The default action of each standard signal: terminate, ignore, stop. */
#include "lib/contract.h"

static const int terminates[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2,
	SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSYS,
};
static const int ignored[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH };
static const int stops[] = { SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU };

static int raises(void *arg)
{
	kill(getpid(), *(const int *)arg);
	return 7;
}

void contract_main(void)
{
	int rt = SIGRTMIN, status;
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(terminates); i++)
		CHECK_SIGNALLED(raises, (void *)&terminates[i], terminates[i],
				"signal %d terminates", terminates[i]);
	CHECK_SIGNALLED(raises, &rt, SIGRTMIN, "a real-time signal terminates");
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		CHECK_EXIT(raises, (void *)&ignored[i], 7, "signal %d is ignored", ignored[i]);
	for (size_t i = 0; i < ARRAY_SIZE(stops); i++) {
		pid = fork_child();
		if (pid == 0)
			_exit(raises((void *)&stops[i]));
		CHECK_INT(waitpid(pid, &status, WUNTRACED), pid, "signal %d", stops[i]);
		CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == stops[i], "stops");
		kill(pid, SIGCONT);
		CHECK_INT(wait_status(pid), 7 << 8, "and the process goes on at SIGCONT");
	}
}
