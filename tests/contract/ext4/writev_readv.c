/* SPDX-License-Identifier: MIT */
/*
 * Vectors: gathered and scattered, also at a position, of many small pieces.
 */
#include "lib/pattern.h"
#include <sys/uio.h>

void contract_main(void)
{
	static char data[64 * 777], back[sizeof(data)];
	struct iovec out[64], in[3];
	int fd;

	tmp_dir();
	fd = REQUIRE_OK(open("file", O_RDWR | O_CREAT, 0644));
	pattern_fill(data, sizeof(data), 0, 5);
	for (int i = 0; i < 64; i++)
		out[i] = (struct iovec){ data + i * 777, 777 };
	CHECK_INT(writev(fd, out, 64), sizeof(data), "64 pieces of 777 bytes");
	in[0] = (struct iovec){ back, 1 };
	in[1] = (struct iovec){ back + 1, 40000 };
	in[2] = (struct iovec){ back + 40001, sizeof(back) - 40001 };
	CHECK_INT(preadv(fd, in, 3, 0), sizeof(back), "read into three");
	CHECK(pattern_matches(back, sizeof(back), 0, 5), "are the same bytes");
	CHECK_INT(pwritev(fd, out, 2, 100000), 2 * 777, "two of them at a position");
	CHECK(zeroes_read(fd, sizeof(data), 100000 - sizeof(data)), "what is between is zero");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), sizeof(data), "the position has not moved");
	CHECK_INT(size_of("file"), 100000 + 2 * 777, "the size is the last one's end");
}
