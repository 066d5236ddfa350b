/* SPDX-License-Identifier: MIT */
/* 512 MiB anonymous memory: sentinels over the whole range hold, unaligned lengths round up. */
#include "lib/contract.h"

#define BIG (512UL << 20)

void contract_main(void)
{
	unsigned long *p = mmap(NULL, BIG, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	const size_t step = (1 << 20) / sizeof(*p);
	int wrong = 0;
	char *q;

	REQUIRE(p != MAP_FAILED);
	REQUIRE(madvise(p, BIG, MADV_NOHUGEPAGE) == 0 || errno == EINVAL);
	for (size_t i = 0; i < BIG / sizeof(*p); i += step)
		p[i] = i * 0x9e3779b97f4a7c15UL + 1;
	for (size_t i = 0; i < BIG / sizeof(*p); i += step)
		wrong += p[i] != i * 0x9e3779b97f4a7c15UL + 1 || p[i + 1] != 0;
	CHECK_INT(wrong, 0, "a sentinel in each MiB holds");
	CHECK_INT(munmap(p, BIG), 0, "unmapped");
	q = mmap(NULL, 100, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(q != MAP_FAILED);
	q[PAGE - 1] = 1;
	CHECK_INT(munmap(q, 1), 0, "a length of 100 maps a whole page, and 1 unmaps it");
}
