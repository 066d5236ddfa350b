/* SPDX-License-Identifier: MIT */
/* sendfile: NULL offset moves the input's position, an explicit one does not; to pipe and file. */
#include "lib/contract.h"

#include <sys/sendfile.h>

void contract_main(void)
{
	char buf[32] = "";
	off_t off = 2;
	int in, out, fds[2];

	tmp_dir();
	write_file("in", "0123456789", 10);
	in = REQUIRE_OK(open("in", O_RDONLY));
	out = REQUIRE_OK(open("out", O_CREAT | O_RDWR, 0600));
	CHECK_INT(sendfile(out, in, NULL, 4), 4, "four bytes from the position");
	CHECK_INT(lseek(in, 0, SEEK_CUR), 4, "which moves");
	CHECK_INT(sendfile(out, in, &off, 3), 3, "three from an offset");
	CHECK_INT(off, 5, "which is moved");
	CHECK_INT(lseek(in, 0, SEEK_CUR), 4, "the position stays");
	CHECK_INT(pread(out, buf, 32, 0), 7, "the output");
	CHECK(memcmp(buf, "0123234", 7) == 0, "has both");
	CHECK_INT(sendfile(out, in, NULL, 100), 6, "stops at the end of file");
	CHECK_INT(sendfile(out, in, NULL, 100), 0, "then 0");
	REQUIRE(pipe(fds) == 0);
	off = 0;
	CHECK_INT(sendfile(fds[1], in, &off, 10), 10, "to a pipe");
	CHECK_INT(read(fds[0], buf, 32), 10, "which has the bytes");
	CHECK(memcmp(buf, "0123456789", 10) == 0, "all");
	CHECK_ERR(sendfile(out, fds[0], NULL, 1), EINVAL, "from a pipe to a file is EINVAL");
	CHECK_ERR(sendfile(in, in, NULL, 1), EBADF, "to a read-only file is EBADF");
	off = -1;
	CHECK_ERR(sendfile(out, in, &off, 1), EINVAL, "a negative offset is EINVAL");
	in = REQUIRE_OK(open("/dev/zero", O_RDONLY));
	CHECK_INT(sendfile(out, in, NULL, 10), 10, "from a device of characters");
	CHECK_INT(pread(out, buf, 32, 13), 10, "which");
	CHECK(memcmp(buf, "\0\0\0\0\0\0\0\0\0", 10) == 0, "gives its bytes");
}
