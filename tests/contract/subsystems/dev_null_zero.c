/* SPDX-License-Identifier: MIT */
/* /dev/null, zero, full: sink and end of file, zeros, ENOSPC; their numbers; mmap of /dev/zero. */
#include "lib/contract.h"

#include <sys/sysmacros.h>

static void check_number(const char *path, unsigned int minor_)
{
	struct stat st;

	REQUIRE(stat(path, &st) == 0);
	CHECK(S_ISCHR(st.st_mode) && major(st.st_rdev) == 1 && minor(st.st_rdev) == minor_,
	      "%s is 1:%u", path, minor_);
}

void contract_main(void)
{
	char buf[100], *p;
	int null, zero, full;

	check_number("/dev/null", 3);
	check_number("/dev/zero", 5);
	check_number("/dev/full", 7);
	check_number("/dev/random", 8);
	check_number("/dev/urandom", 9);
	null = REQUIRE_OK(open("/dev/null", O_RDWR));
	CHECK_INT(write(null, buf, 100), 100, "/dev/null takes all");
	CHECK_INT(read(null, buf, 100), 0, "and has nothing");
	zero = REQUIRE_OK(open("/dev/zero", O_RDWR));
	memset(buf, 1, sizeof(buf));
	CHECK_INT(read(zero, buf, 100), 100, "/dev/zero reads");
	CHECK(buf[0] == 0 && buf[99] == 0 && !memcmp(buf, buf + 1, 99), "zeros");
	CHECK_INT(write(zero, buf, 100), 100, "and takes all");
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
	REQUIRE(p != MAP_FAILED);
	CHECK(p[0] == 0 && (p[5] = 1) == 1, "a private mapping is zero and writable");
	full = REQUIRE_OK(open("/dev/full", O_RDWR));
	CHECK_ERR(write(full, buf, 1), ENOSPC, "/dev/full is full");
	CHECK_INT(read(full, buf, 100), 100, "and reads");
	CHECK(buf[0] == 0 && buf[99] == 0, "zeros");
	CHECK_ERR(read(zero, bad_pointer(), 1), EFAULT, "a bad buffer is EFAULT");
	CHECK_INT(write(null, bad_pointer(), 1), 1, "which /dev/null never looks at");
}
