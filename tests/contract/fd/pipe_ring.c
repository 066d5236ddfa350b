/* SPDX-License-Identifier: MIT */
/*
 * pipe: a long random sequence of reads and writes of all sizes keeps every byte in order
 * (lesson 4).
 */
#include "lib/contract.h"

static unsigned long state = 12345;

static unsigned int next(void)
{
	state = state * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(state >> 33);
}

void contract_main(void)
{
	static unsigned char buf[70000];
	unsigned long in = 0, out = 0;
	int fds[2], wrong = 0;

	REQUIRE(pipe2(fds, O_NONBLOCK) == 0);
	for (int i = 0; i < 3000; i++) {
		size_t size = next() % (next() % 3 ? 300 : sizeof(buf));
		ssize_t n;

		if (next() % 2) {
			for (size_t j = 0; j < size; j++)
				buf[j] = (unsigned char)((in + j) * 7 + (in + j) / 251);
			n = write(fds[1], buf, size);
			in += n > 0 ? (unsigned long)n : 0;
		} else {
			n = read(fds[0], buf, size);
			for (ssize_t j = 0; j < n; j++)
				wrong += buf[j] != (unsigned char)((out + (size_t)j) * 7 + (out + (size_t)j) / 251);
			out += n > 0 ? (unsigned long)n : 0;
		}
		if (n < 0)
			REQUIRE(errno == EAGAIN);
		REQUIRE(in - out <= 65536);
	}
	CHECK_INT(wrong, 0, "every byte came out as it went in");
	CHECK(in > 1000000, "more than a million bytes went through");
	while (read(fds[0], buf, 1) == 1)
		out++;
	CHECK_INT(out, in, "as many came out as went in");
}
