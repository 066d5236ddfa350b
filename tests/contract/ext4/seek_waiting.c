/* SPDX-License-Identifier: MIT */
/*
 * SEEK_DATA finds data that has no place on disk yet, wherever it lies: a program that copies a file by its holes
 * (cp, tar -S) must not leave any of it out. It goes from hole to hole in steps of 1 KiB, the smallest block.
 */
#include "lib/pattern.h"

enum { UNIT = 1024, SIZE = 1 << 20, FAR = 585 * UNIT };

/* Does SEEK_DATA, from each unit of the file's hole, find the byte at `at`, or its block's beginning? */
static bool found_from_everywhere(int fd, off_t at, unsigned *from)
{
	for (*from = 0; *from * UNIT <= at; ++*from) {
		off_t data = lseek(fd, *from * UNIT, SEEK_DATA);

		if (data > at || data < at - (off_t)PAGE || data < *from * UNIT)
			return false;
	}
	return true;
}

static void check_at(off_t at)
{
	char name[32];
	unsigned from;
	int fd;

	snprintf(name, sizeof(name), "file.%ld", (long)at);
	fd = REQUIRE_OK(open(name, O_RDWR | O_CREAT, 0644));
	REQUIRE(ftruncate(fd, SIZE) == 0);
	pattern_write(fd, at, 1, 1);
	CHECK(found_from_everywhere(fd, at, &from), "a byte at %ld is found from all places before it", (long)at);
	if (from * UNIT <= at)
		note("not from %u", from * UNIT);
	REQUIRE(fsync(fd) == 0);
	CHECK(found_from_everywhere(fd, at, &from), "and when it is on the disk");
	CHECK_ERR(lseek(fd, at + PAGE, SEEK_DATA), ENXIO, "behind it there is none");
	close(fd);
}

void contract_main(void)
{
	tmp_dir();
	check_at(FAR - UNIT);
	check_at(FAR);
	check_at(FAR + UNIT + 5);
	check_at(FAR + 2 * UNIT);
}
