/* SPDX-License-Identifier: MIT */
/* tee: copies a pipe's content to another without consuming it; EINVAL unless both are pipes. */
#include "lib/contract.h"

void contract_main(void)
{
	int a[2], b[2], null = REQUIRE_OK(open("/dev/null", O_RDWR));
	char buf[32] = "";

	REQUIRE(pipe(a) == 0 && pipe(b) == 0);
	REQUIRE(write(a[1], "some content", 12) == 12);
	CHECK_INT(tee(a[0], b[1], 100, 0), 12, "tee copies all");
	CHECK_INT(read(b[0], buf, 32), 12, "the second pipe has it");
	CHECK(memcmp(buf, "some content", 12) == 0, "the same bytes");
	CHECK_INT(tee(a[0], b[1], 4, 0), 4, "a part");
	CHECK_INT(read(b[0], buf, 32), 4, "is only that part");
	memset(buf, 0, sizeof(buf));
	CHECK_INT(read(a[0], buf, 32), 12, "the first still has it");
	CHECK(memcmp(buf, "some content", 12) == 0, "all");
	CHECK_ERR(tee(a[0], b[1], 1, SPLICE_F_NONBLOCK), EAGAIN, "an empty pipe is EAGAIN");
	CHECK_ERR(tee(null, b[1], 1, 0), EINVAL, "from another file is EINVAL");
	CHECK_ERR(tee(a[0], null, 1, 0), EINVAL, "to another file is EINVAL");
	CHECK_ERR(tee(a[0], a[1], 1, 0), EINVAL, "to the same pipe is EINVAL");
}
