/* SPDX-License-Identifier: MIT */
/*
 * execve: a string of 128 KiB is E2BIG, one byte less fits; all together up to a quarter of the
 * stack limit.
 */
#include "lib/contract.h"

#include <sys/resource.h>

int contract_role(const char *role, int argc, char **argv)
{
	size_t total = 0;

	for (int i = 2; i < argc; i++)
		total += strlen(argv[i]) + 1;
	return total == strtoul(getenv("TOTAL"), NULL, 10) ? 44 : 1;
}

static char *big;

static int try(size_t size, int count, rlim_t stack)
{
	struct rlimit r = { stack, RLIM_INFINITY };
	char total[32], *argv[128] = { (char *)contract_self(), "@count" }, *envp[] = { total, NULL };
	pid_t pid = fork_child();

	if (pid == 0) {
		REQUIRE(setrlimit(RLIMIT_STACK, &r) == 0);
		memset(big, 'x', size - 1);
		big[size - 1] = 0;
		for (int i = 0; i < count; i++)
			argv[2 + i] = big;
		argv[2 + count] = NULL;
		snprintf(total, sizeof(total), "TOTAL=%lu", size * (size_t)count);
		execve(argv[0], argv, envp);
		_exit(errno == E2BIG ? 7 : 8);
	}
	return wait_status(pid);
}

void contract_main(void)
{
	big = malloc(1 << 20);
	REQUIRE(big);
	CHECK_INT(try(131072, 1, 8 << 20), 44 << 8, "one string of 131071 bytes and its 0");
	CHECK_INT(try(131073, 1, 8 << 20), 7 << 8, "one byte more is E2BIG");
	CHECK_INT(try(100000, 20, 8 << 20), 44 << 8,
		  "2,000,000 bytes under a stack limit of 8 MiB");
	CHECK_INT(try(100000, 21, 8 << 20), 7 << 8, "2,100,000 are above a quarter: E2BIG");
	CHECK_INT(try(100000, 9, 4 << 20), 44 << 8, "900,000 under 4 MiB");
	CHECK_INT(try(100000, 11, 4 << 20), 7 << 8, "1,100,000 are E2BIG");
}
