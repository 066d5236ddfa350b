/* SPDX-License-Identifier: MIT */
/*
 * flock: belongs to the open file; shared and exclusive conflict between opens; fork and dup
 * share it.
 */
#include "lib/contract.h"

#include <sys/file.h>

static int unlock(void *arg)
{
	return flock(*(int *)arg, LOCK_UN);
}

void contract_main(void)
{
	int a, b, c;

	tmp_dir();
	a = REQUIRE_OK(open("f", O_CREAT | O_RDWR, 0600));
	b = REQUIRE_OK(open("f", O_RDONLY));
	CHECK_INT(flock(a, LOCK_EX), 0, "LOCK_EX");
	CHECK_ERR(flock(b, LOCK_EX | LOCK_NB), EWOULDBLOCK, "another open is refused");
	CHECK_ERR(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK, "for sharing too");
	CHECK_INT(flock(a, LOCK_SH), 0, "the owner goes down to LOCK_SH");
	CHECK_INT(flock(b, LOCK_SH | LOCK_NB), 0, "then two share");
	CHECK_ERR(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK, "and neither gets LOCK_EX");
	CHECK_INT(flock(b, LOCK_UN), 0, "LOCK_UN");
	CHECK_INT(flock(a, LOCK_EX | LOCK_NB), 0, "then LOCK_EX");
	CHECK_EXIT(unlock, &a, 0, "a child unlocks the shared open file");
	CHECK_INT(flock(b, LOCK_EX | LOCK_NB), 0, "and it is free");
	c = dup(b);
	close(b);
	CHECK_ERR(flock(a, LOCK_EX | LOCK_NB), EWOULDBLOCK, "a dup keeps it");
	close(c);
	CHECK_INT(flock(a, LOCK_EX | LOCK_NB), 0, "the last close drops it");
	CHECK_ERR(flock(999, LOCK_EX), EBADF, "a closed descriptor is EBADF");
	CHECK_ERR(flock(a, 0), EINVAL, "operation 0 is EINVAL");
}
