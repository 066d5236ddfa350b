/* SPDX-License-Identifier: MIT */
/*
 * sendfile, copy_file_range and splice between files.
 */
#include "lib/pattern.h"
#include <sys/sendfile.h>

void contract_main(void)
{
	loff_t from = 1000, to = 5000;
	off_t at = 100;
	int in, out, pipes[2];

	tmp_dir();
	in = pattern_file("in", 500000, 1);
	out = REQUIRE_OK(open("sent", O_RDWR | O_CREAT, 0644));
	CHECK_INT(sendfile(out, in, &at, 400000), 400000, "sendfile");
	CHECK_INT(at, 400100, "moves the offset");
	CHECK_INT(lseek(out, 0, SEEK_CUR), 400000, "and the position of the other");
	CHECK_INT(sendfile(out, in, &at, 1000000), 99900, "up to the end");
	CHECK_INT(size_of("sent"), 499900, "that many bytes");
	out = REQUIRE_OK(open("copied", O_RDWR | O_CREAT, 0644));
	CHECK_INT(copy_file_range(in, &from, out, &to, 123456, 0), 123456, "copy_file_range");
	CHECK(zeroes_read(out, 0, 5000), "leaves a hole");
	CHECK_INT(size_of("copied"), 128456, "the size");
	REQUIRE(pipe(pipes) == 0);
	at = 0;
	CHECK_INT(splice(in, &at, pipes[1], NULL, 4096, 0), 4096, "splice from a file");
	out = REQUIRE_OK(open("spliced", O_RDWR | O_CREAT, 0644));
	CHECK_INT(splice(pipes[0], NULL, out, NULL, 4096, 0), 4096, "and to a file");
	CHECK(pattern_is("spliced", 4096, 1), "the same bytes");
}
