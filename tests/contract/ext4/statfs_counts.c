/* SPDX-License-Identifier: MIT */
/*
 * statfs: what it is, and free blocks and inodes that follow what is made and removed.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <sys/vfs.h>

static struct statfs now(void)
{
	struct statfs fs;

	sync();
	REQUIRE(statfs("vol", &fs) == 0);
	return fs;
}

void contract_main(void)
{
	struct statfs before, fs;
	unsigned long blocks;
	char name[32];

	volume_mount();
	before = now();
	CHECK_INT(before.f_type, 0xef53, "ext4's number");
	CHECK_INT(before.f_namelen, 255, "names of 255 bytes");
	CHECK(before.f_bfree <= before.f_blocks && before.f_bavail <= before.f_bfree, "free is part of all");
	close(pattern_file("vol/file", 4 << 20, 1));
	fs = now();
	blocks = (4 << 20) / (unsigned long)fs.f_bsize;
	CHECK(before.f_bfree - fs.f_bfree >= (4 << 20) / (unsigned long)fs.f_bsize, "4 MiB less");
	/* A block map takes one block in so many for its tables. */
	CHECK(before.f_bfree - fs.f_bfree <= blocks + blocks * 4 / (unsigned long)fs.f_bsize + 8, "not much more");
	CHECK_INT(before.f_ffree - fs.f_ffree, 1, "an inode less");
	REQUIRE(mkdir("vol/dir", 0755) == 0);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "vol/dir/%d", i);
		close(pattern_file(name, 0, 0));
	}
	CHECK_INT(before.f_ffree - now().f_ffree, 102, "a hundred in a folder more");
	volume_clear();
	fs = now();
	CHECK_INT(fs.f_ffree, before.f_ffree, "all removed: the inodes are back");
	CHECK_INT(fs.f_bfree, before.f_bfree, "and the blocks");
	volume_umount();
}
