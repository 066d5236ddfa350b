/* SPDX-License-Identifier: MIT */
/*
 * A file written and read at random places and sizes, beside a copy in memory.
 */
#include "lib/pattern.h"

enum { SIZE = 400000, STEPS = 3000 };

void contract_main(void)
{
	static char model[SIZE], buf[SIZE];
	unsigned state = 4711, length = 0, wrong = 0;
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	for (int i = 0; i < STEPS; i++) {
		unsigned at, n;

		state = state * 1103515245 + 12345;
		at = (state >> 7) % (SIZE - 20000);
		state = state * 1103515245 + 12345;
		n = 1 + (state >> 9) % (i % 20 ? 300 : 20000);
		switch (i % 10) {
		case 0: case 1: case 2: case 3: case 4:
			pattern_fill(buf, n, at, (unsigned)i);
			REQUIRE(pwrite(fd, buf, n, at) == (ssize_t)n);
			memcpy(model + at, buf, n);
			length = length > at + n ? length : at + n;
			break;
		case 5:
			if (i % 50 != 5)
				break;
			REQUIRE(ftruncate(fd, at) == 0);
			if (at < length)
				memset(model + at, 0, length - at);
			length = at;
			break;
		case 6:
			if (i % 100 == 6)
				REQUIRE(fsync(fd) == 0);
			break;
		default:
			n = at >= length ? 0 : n < length - at ? n : length - at;
			wrong += pread(fd, buf, n, at) != (ssize_t)n || memcmp(buf, model + at, n);
		}
	}
	CHECK_INT(wrong, 0, "what is read is what was written");
	CHECK_INT(size_of("file"), length, "the size is right");
	CHECK(pread(fd, buf, SIZE, 0) == (ssize_t)length && !memcmp(buf, model, length), "all of it at the end");
}
