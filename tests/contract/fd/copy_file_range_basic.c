/* SPDX-License-Identifier: MIT */
/* copy_file_range: offsets advance or are taken from the caller; end of file; errors. */
#include "lib/contract.h"

void contract_main(void)
{
	off_t in_at = 2, out_at = 5;
	char buf[32] = "";
	int in, out, fds[2];

	tmp_dir();
	write_file("in", "0123456789", 10);
	in = REQUIRE_OK(open("in", O_RDONLY));
	out = REQUIRE_OK(open("out", O_CREAT | O_RDWR, 0600));
	CHECK_INT(copy_file_range(in, NULL, out, NULL, 4, 0), 4, "four bytes by file positions");
	CHECK_INT(lseek(in, 0, SEEK_CUR), 4, "the input position advances");
	CHECK_INT(lseek(out, 0, SEEK_CUR), 4, "the output position advances");
	CHECK_INT(copy_file_range(in, &in_at, out, &out_at, 3, 0), 3, "three by offsets");
	CHECK(in_at == 5 && out_at == 8, "the offsets advance");
	CHECK_INT(lseek(in, 0, SEEK_CUR), 4, "the positions stay");
	CHECK_INT(pread(out, buf, 32, 0), 8, "the output");
	CHECK(memcmp(buf, "0123\0" "234", 8) == 0, "has the bytes and a hole");
	CHECK_INT(copy_file_range(in, NULL, out, NULL, 100, 0), 6,
		  "a long count stops at the end of file");
	CHECK_INT(copy_file_range(in, NULL, out, NULL, 100, 0), 0, "at the end it is 0");
	CHECK_INT(copy_file_range(in, NULL, out, NULL, 0, 0), 0, "length 0 is 0");
	CHECK_ERR(copy_file_range(in, NULL, out, NULL, 1, 1), EINVAL, "flags are EINVAL");
	CHECK_ERR(copy_file_range(out, NULL, in, NULL, 1, 0), EBADF, "a read-only output is EBADF");
	REQUIRE(pipe(fds) == 0);
	CHECK_ERR(copy_file_range(fds[0], NULL, out, NULL, 1, 0), EINVAL, "a pipe is EINVAL");
	CHECK_ERR(copy_file_range(fds[1], NULL, out, NULL, 1, 0), EINVAL, "whichever its end");
	CHECK_ERR(copy_file_range(in, NULL, open(".", O_RDONLY), NULL, 1, 0), EISDIR, "a folder is EISDIR");
	in_at = LLONG_MAX - 9, out_at = 0;
	CHECK_INT(copy_file_range(in, &in_at, out, &out_at, 20, 0), 0, "far behind the end there is nothing");
	in_at = -5;
	CHECK_ERR(copy_file_range(in, &in_at, out, &out_at, 20, 0), EOVERFLOW, "a range over the end of 64 bits");
	in_at = 0, out_at = 10;
	CHECK_INT(copy_file_range(out, &in_at, out, &out_at, 1000, 0), 10, "behind the end nothing overlaps");
	in_at = 0, out_at = 2;
	CHECK_ERR(copy_file_range(out, &in_at, out, &out_at, 5, 0), EINVAL,
		  "overlap in one file is EINVAL");
}
