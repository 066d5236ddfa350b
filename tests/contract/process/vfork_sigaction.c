/* SPDX-License-Identifier: MIT */
/* vfork: a sigaction in the child, before or after exec, does not reach the parent's handlers. */
#include "lib/contract.h"

static volatile sig_atomic_t parent_handled;

static void parent_handler(int sig) { (void)sig; parent_handled++; }
static void child_handler(int sig) { (void)sig; _exit(66); }

int contract_role(const char *role, int argc, char **argv)
{
	on_signal(SIGCHLD, child_handler, 0);
	on_signal(SIGUSR1, child_handler, 0);
	sleep_ms(50);
	return 11;
}

static __attribute__((noinline)) pid_t child_installs(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		struct sigaction sa = { .sa_handler = child_handler };

		sigaction(SIGUSR1, &sa, NULL);
		sa.sa_handler = SIG_IGN;
		sigaction(SIGUSR2, &sa, NULL);
		execl(contract_self(), contract_self(), "@child", (char *)NULL);
		_exit(127);
	}
	return pid;
}

void contract_main(void)
{
	struct sigaction sa;
	pid_t pid;

	on_signal(SIGCHLD, parent_handler, SA_RESTART);
	on_signal(SIGUSR1, parent_handler, SA_RESTART);
	pid = child_installs();
	REQUIRE(pid > 0);
	sigaction(SIGUSR1, NULL, &sa);
	CHECK(sa.sa_handler == parent_handler,
	      "the child's sigaction before exec did not reach the parent");
	sigaction(SIGUSR2, NULL, &sa);
	CHECK(sa.sa_handler == SIG_DFL, "nor did its SIG_IGN");
	CHECK_INT(wait_status(pid), 11 << 8, "the child's program ends well");
	sigaction(SIGCHLD, NULL, &sa);
	CHECK(sa.sa_handler == parent_handler, "its handler for SIGCHLD did not reach the parent");
	CHECK_INT(parent_handled, 1, "the parent's own SIGCHLD handler ran");
	raise(SIGUSR1);
	CHECK_INT(parent_handled, 2, "and its SIGUSR1 handler still does");
}
