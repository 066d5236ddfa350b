/* SPDX-License-Identifier: MIT */
/* madvise: hints are accepted, MADV_DONTNEED gives zero or file content again, errors are told. */
#include "lib/contract.h"

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_COLD
#define MADV_COLD 20
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

void contract_main(void)
{
	static const int hints[] = { MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED };
	char *p, *f;
	int fd;

	tmp_dir();
	p = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(p != MAP_FAILED);
	for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
		CHECK_INT(madvise(p, 4 * PAGE, hints[i]), 0, "hint %d", hints[i]);
	memset(p, 7, 4 * PAGE);
	CHECK_INT(madvise(p + PAGE, 2 * PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	CHECK(p[0] == 7 && p[PAGE] == 0 && p[3 * PAGE - 1] == 0 && p[3 * PAGE] == 7,
	      "zeroes just these pages");
	write_file("f", "file content", 12);
	fd = REQUIRE_OK(open("f", O_RDONLY));
	f = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(f != MAP_FAILED);
	f[0] = 'X';
	CHECK_INT(madvise(f, PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED of a private file mapping");
	CHECK(memcmp(f, "file content", 12) == 0, "brings the file's content back");
	CHECK_ERR(madvise(p + 1, PAGE, MADV_NORMAL), EINVAL, "an unaligned address is EINVAL");
	CHECK_ERR(madvise(p, PAGE, 9999), EINVAL, "an unknown advice is EINVAL");
	CHECK_INT(madvise(p, 0, MADV_DONTNEED), 0, "length 0 is fine");
	f = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REQUIRE(f != MAP_FAILED);
	CHECK_ERR(madvise(f + PAGE, PAGE, MADV_POPULATE_READ), EFAULT, "populating past the end of a file is EFAULT");
	if (mlock(p, PAGE) == 0) {
		p[0] = 7;
		CHECK_ERR(madvise(p, PAGE, MADV_DONTNEED), EINVAL, "MADV_DONTNEED of locked memory is EINVAL");
		CHECK_ERR(madvise(p, PAGE, MADV_COLD), EINVAL, "so is MADV_COLD");
		CHECK_ERR(madvise(p, PAGE, MADV_PAGEOUT), EINVAL, "and MADV_PAGEOUT");
		CHECK_INT(madvise(p, PAGE, MADV_DONTNEED_LOCKED), 0, "MADV_DONTNEED_LOCKED is not");
		CHECK_INT(p[0], 0, "and brings zeroes");
		REQUIRE_OK(munlock(p, PAGE));
	}
	REQUIRE(munmap(p + PAGE, PAGE) == 0);
	CHECK_ERR(madvise(p, 4 * PAGE, MADV_WILLNEED), ENOMEM, "a hole is ENOMEM");
	CHECK_ERR(madvise(p, 4 * PAGE, MADV_DONTNEED), ENOMEM, "for MADV_DONTNEED too");
	CHECK(p[0] == 0 && p[3 * PAGE] == 0, "but the mapped parts were done");
}
