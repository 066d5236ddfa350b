/* SPDX-License-Identifier: MIT */
/* getrlimit, setrlimit, prlimit64: agree, lower and raise, refuse soft above hard. */
#include "lib/contract.h"

#include <sys/resource.h>

static int unprivileged(void *arg)
{
	struct rlimit r = { 50, 60 };

	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &r), 0, "lowering needs no privilege");
	r.rlim_cur = 60;
	CHECK_INT(setrlimit(RLIMIT_NOFILE, &r), 0, "soft may rise to hard");
	r.rlim_max = 61;
	CHECK_ERR(setrlimit(RLIMIT_NOFILE, &r), EPERM, "hard may not rise");
	return 0;
}

void contract_main(void)
{
	struct rlimit a, b, c;

	CHECK_INT(getrlimit(RLIMIT_STACK, &a), 0, "getrlimit RLIMIT_STACK");
	CHECK(a.rlim_cur >= 1 << 20, "the stack limit is at least 1 MiB");
	CHECK_INT(getrlimit(RLIMIT_NOFILE, &a), 0, "getrlimit RLIMIT_NOFILE");
	CHECK(a.rlim_cur >= 256 && a.rlim_cur <= a.rlim_max, "the descriptor limit is sane");
	CHECK_INT(prlimit(0, RLIMIT_NOFILE, NULL, &b), 0, "prlimit reads the same");
	CHECK(a.rlim_cur == b.rlim_cur && a.rlim_max == b.rlim_max, "both values");
	a.rlim_cur = 200;
	CHECK_INT(prlimit(getpid(), RLIMIT_NOFILE, &a, &c), 0, "prlimit sets and returns the old");
	CHECK_INT(c.rlim_cur, b.rlim_cur, "old soft limit");
	getrlimit(RLIMIT_NOFILE, &b);
	CHECK_INT(b.rlim_cur, 200, "new soft limit");
	a = (struct rlimit){ 11, 10 };
	CHECK_ERR(setrlimit(RLIMIT_NOFILE, &a), EINVAL, "soft above hard is EINVAL");
	CHECK_ERR(syscall(SYS_getrlimit, 16, &a), EINVAL, "resource 16 is EINVAL");
	CHECK_ERR(prlimit(0x7ffffffe, RLIMIT_NOFILE, NULL, &a), ESRCH, "nobody's pid is ESRCH");
	CHECK_ERR(syscall(SYS_getrlimit, RLIMIT_NOFILE, 8), EFAULT, "a bad pointer is EFAULT");
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
}
