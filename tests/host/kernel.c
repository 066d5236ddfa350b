/* SPDX-License-Identifier: MIT */
/* KTEST: boot the hosted kernel in a child process and run the test's body as its first program. */
#include "kernel.h"

#include "core/init.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void (*ktest_body)(void);

/* In the place of PID 1: in the first kernel thread, when everything that a driver needs is there. */
static int run_body(void)
{
	if (!ktest_body)
		return 0;
	ktest_body();
	fflush(stdout);
	_exit(0);
}
INIT_HOOK(INIT_LATE, run_body);

void ktest_run(const struct host_options *options, void (*body)(void))
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		test_fail(__FILE__, __LINE__, "fork failed");
	if (pid == 0) {
		alarm(60);		/* a kernel that hangs ends here */
		test_exit_on_failure();
		ktest_body = body;
		host_machine_init(options);
		host_boot();
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	if (WIFSIGNALED(status))
		test_fail(__FILE__, __LINE__, "the kernel died of signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == TEST_EXIT_SKIP)
		test_skip("by the kernel test");
	if (WEXITSTATUS(status))
		test_fail(__FILE__, __LINE__, "the test failed in the kernel (exit %d)", WEXITSTATUS(status));
}
