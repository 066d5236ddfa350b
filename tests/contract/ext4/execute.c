/* SPDX-License-Identifier: MIT */
/*
 * A program written to the disk runs from there; it cannot be written meanwhile.
 */
#include "lib/pattern.h"

int contract_role(const char *role, int argc, char **argv)
{
	return !strcmp(argv[argc - 1], "argument") ? 42 : 1;
}

void contract_main(void)
{
	static char buf[65536];
	int in = REQUIRE_OK(open(contract_self(), O_RDONLY)), out, status;
	ssize_t n;
	pid_t pid;

	tmp_dir();
	out = REQUIRE_OK(open("program", O_WRONLY | O_CREAT, 0755));
	while ((n = read(in, buf, sizeof(buf))) > 0)
		REQUIRE(write(out, buf, (size_t)n) == n);
	pid = fork_child();
	if (!pid) {
		execl("./program", "program", "@role", "x", "argument", NULL);
		_exit(errno == ETXTBSY ? 7 : 1);
	}
	status = wait_status(pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7, "open for writing it is ETXTBSY");
	close(out);
	for (int i = 0; i < 5; i++) {
		pid = fork_child();
		if (!pid) {
			execl("./program", "program", "@role", "x", "argument", NULL);
			_exit(1);
		}
		status = wait_status(pid);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42, "it runs");
	}
}
