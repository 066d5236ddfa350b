/* SPDX-License-Identifier: MIT */
/*
 * dup, dup2, dup3: lowest free descriptor, shared offset and status flags, own FD_CLOEXEC,
 * errors.
 */
#include "lib/contract.h"

void contract_main(void)
{
	int a, b, c;
	char buf[4];

	tmp_dir();
	write_file("f", "0123456789", 10);
	a = REQUIRE_OK(open("f", O_RDONLY | O_CLOEXEC));
	b = dup(a);
	CHECK_INT(b, a + 1, "dup takes the lowest free");
	CHECK_INT(fcntl(b, F_GETFD), 0, "without FD_CLOEXEC");
	REQUIRE(read(a, buf, 4) == 4);
	CHECK_INT(lseek(b, 0, SEEK_CUR), 4, "the offset is shared");
	REQUIRE(fcntl(b, F_SETFL, O_NONBLOCK) == 0);
	CHECK(fcntl(a, F_GETFL) & O_NONBLOCK, "so are the status flags");
	c = REQUIRE_OK(open("/dev/null", O_RDWR));
	CHECK_INT(dup2(a, c), c, "dup2 over an open one");
	CHECK_INT(lseek(c, 0, SEEK_CUR), 4, "replaces it");
	CHECK_INT(dup2(a, a), a, "dup2 to itself");
	CHECK_INT(fcntl(a, F_GETFD), FD_CLOEXEC, "changes nothing");
	CHECK_INT(dup3(a, 77, O_CLOEXEC), 77, "dup3");
	CHECK_INT(fcntl(77, F_GETFD), FD_CLOEXEC, "sets FD_CLOEXEC");
	CHECK_ERR(syscall(SYS_dup3, a, a, 0), EINVAL, "dup3 to itself is EINVAL");
	CHECK_ERR(syscall(SYS_dup3, a, 78, O_NONBLOCK), EINVAL, "another flag is EINVAL");
	CHECK_ERR(dup(-1), EBADF, "dup of -1 is EBADF");
	CHECK_ERR(syscall(SYS_dup2, 999, 5), EBADF, "dup2 of a closed one is EBADF");
	CHECK_ERR(syscall(SYS_dup2, a, -1), EBADF, "dup2 to -1 is EBADF");
	close(b);
	CHECK_INT(dup(1), b, "a closed slot is the lowest again");
	CHECK_INT(read(c, buf, 4), 4, "the file stays open while one descriptor is");
}
