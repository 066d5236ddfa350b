/* SPDX-License-Identifier: MIT */
/*
 * execve drops the old memory, mappings and locks, keeps pid, cwd, umask, and what fork would
 * keep.
 */
#include "lib/contract.h"

#include <sys/resource.h>
#include <sys/time.h>

int contract_role(const char *role, int argc, char **argv)
{
	unsigned char vec[1];
	char cwd[PATH_MAX];
	struct itimerval it;
	struct rlimit r;
	void *old = (void *)strtoul(argv[3], NULL, 16);

	if (getpid() != atoi(argv[2]))
		return 1;
	if (mincore(old, PAGE, vec) != -1 || errno != ENOMEM)
		return 2;
	if (!getcwd(cwd, sizeof(cwd)) || strcmp(cwd, "/proc"))
		return 3;
	if (umask(0) != 0123 || getpriority(PRIO_PROCESS, 0) != 3)
		return 4;
	getitimer(ITIMER_REAL, &it);
	if (it.it_value.tv_sec < 500)
		return 5;
	getrlimit(RLIMIT_NOFILE, &r);
	return r.rlim_cur == 111 ? 80 : 6;
}

static int prepare(void *arg)
{
	struct itimerval it = { { 0, 0 }, { 1000, 0 } };
	struct rlimit r = { 111, 111 };
	char pid[16], address[32];
	void *wall;

	/* An address no new program uses. */
	wall = mmap((void *)0x123456780000UL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	REQUIRE(wall != MAP_FAILED && chdir("/proc") == 0 && setpriority(PRIO_PROCESS, 0, 3) == 0);
	REQUIRE(setitimer(ITIMER_REAL, &it, NULL) == 0 && setrlimit(RLIMIT_NOFILE, &r) == 0);
	umask(0123);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	snprintf(address, sizeof(address), "%lx", (unsigned long)wall);
	execl(contract_self(), contract_self(), "@look", pid, address, (char *)NULL);
	return 99;
}

void contract_main(void)
{
	CHECK_EXIT(prepare, NULL, 80, "memory is new; pid, cwd, umask, nice, timer, limits stay");
}
