/* SPDX-License-Identifier: MIT */
/*
 * SIGCHLD ignored explicitly stays so over exec and reaps there; the default does not turn into
 * it.
 */
#include "lib/contract.h"

int contract_role(const char *role, int argc, char **argv)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(8);
	errno = 0;
	if (waitpid(pid, &status, 0) == pid)
		return WEXITSTATUS(status);
	return errno == ECHILD ? 90 : 91;
}

static void handler(int sig) { (void)sig; }

static int with_action(void *arg)
{
	switch (*(char *)arg) {
	case 'i':
		signal(SIGCHLD, SIG_IGN);
		break;
	case 'h':
		on_signal(SIGCHLD, handler, 0);
		break;
	case 'n':
		on_signal(SIGCHLD, handler, SA_NOCLDWAIT);
		break;
	}
	execl(contract_self(), contract_self(), "@parent", (char *)NULL);
	return 100;
}

void contract_main(void)
{
	CHECK_EXIT(with_action, "d", 8, "default before exec: the child's status is there");
	CHECK_EXIT(with_action, "h", 8, "handler before exec: the child's status is there");
	CHECK_EXIT(with_action, "i", 90,
		   "SIG_IGN before exec: children are reaped, wait is ECHILD");
	CHECK_EXIT(with_action, "n", 8, "SA_NOCLDWAIT with a handler before exec: flags are reset");
}
