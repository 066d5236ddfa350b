/* SPDX-License-Identifier: MIT */
/* splice: file to pipe and back, with and without an offset; ESPIPE, EINVAL, EAGAIN. */
#include "lib/contract.h"

void contract_main(void)
{
	char buf[32] = "";
	int in, out, fds[2];
	off_t off = 3;

	tmp_dir();
	write_file("in", "0123456789", 10);
	in = REQUIRE_OK(open("in", O_RDONLY));
	out = REQUIRE_OK(open("out", O_CREAT | O_RDWR, 0600));
	REQUIRE(pipe(fds) == 0);
	CHECK_INT(splice(in, NULL, fds[1], NULL, 4, 0), 4, "file to pipe");
	CHECK_INT(lseek(in, 0, SEEK_CUR), 4, "moves the position");
	CHECK_INT(splice(in, &off, fds[1], NULL, 2, 0), 2, "from an offset");
	CHECK_INT(off, 5, "which is moved");
	CHECK_INT(read(fds[0], buf, 32), 6, "the pipe");
	CHECK(memcmp(buf, "012334", 6) == 0, "has both");
	REQUIRE(write(fds[1], "pipe data", 9) == 9);
	off = 2;
	CHECK_INT(splice(fds[0], NULL, out, &off, 100, 0), 9, "pipe to file at an offset");
	CHECK_INT(pread(out, buf, 32, 0), 11, "the file");
	CHECK(memcmp(buf, "\0\0pipe data", 11) == 0, "has it");
	CHECK_ERR(splice(fds[0], NULL, out, NULL, 1, SPLICE_F_NONBLOCK), EAGAIN,
		  "an empty pipe is EAGAIN");
	CHECK_ERR(splice(in, NULL, out, NULL, 1, 0), EINVAL, "file to file is EINVAL");
	CHECK_ERR(splice(in, NULL, fds[1], &off, 1, 0), ESPIPE, "an offset for the pipe is ESPIPE");
	CHECK_INT(splice(in, NULL, fds[1], NULL, 0, 0), 0, "length 0 is 0");
	REQUIRE(lseek(in, 0, SEEK_END) == 10);
	CHECK_INT(splice(in, NULL, fds[1], NULL, 5, 0), 0, "the end of file is 0");
}
