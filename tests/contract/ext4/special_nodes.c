/* SPDX-License-Identifier: MIT */
/*
 * FIFOs, sockets and devices keep what they are: types, numbers, modes.
 */
#include "lib/pattern.h"
#include <sys/sysmacros.h>

void contract_main(void)
{
	static const struct { unsigned major, minor; } numbers[] = {
		{ 1, 3 }, { 8, 255 }, { 259, 300 }, { 4095, 0xfffff },
	};
	char name[32];
	struct stat st;

	need_root();
	tmp_dir();
	umask(0);
	for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
		dev_t dev = makedev(numbers[i].major, numbers[i].minor);

		snprintf(name, sizeof(name), "c%u", i);
		CHECK_INT(mknod(name, S_IFCHR | 0620, dev), 0, "a device %u:%u", numbers[i].major, numbers[i].minor);
		st = stat_of(name);
		CHECK_INT(st.st_mode, S_IFCHR | 0620, "its type and mode");
		CHECK_INT(st.st_rdev, dev, "its number");
		CHECK_INT(st.st_blocks, 0, "no blocks");
		snprintf(name, sizeof(name), "b%u", i);
		REQUIRE(mknod(name, S_IFBLK | 0600, dev) == 0);
		CHECK(S_ISBLK(stat_of(name).st_mode) && stat_of(name).st_rdev == dev, "and a block device");
	}
	CHECK_INT(mknod("fifo", S_IFIFO | 0644, 0), 0, "a FIFO");
	CHECK_INT(mknod("socket", S_IFSOCK | 0644, 0), 0, "a socket");
	CHECK_INT(mknod("file", S_IFREG | 0644, 0), 0, "a file");
	CHECK(S_ISFIFO(stat_of("fifo").st_mode) && S_ISSOCK(stat_of("socket").st_mode) &&
	      S_ISREG(stat_of("file").st_mode), "are what they should be");
	CHECK_ERR(mknod("fifo", S_IFIFO, 0), EEXIST, "again is EEXIST");
	CHECK_INT(rename("c2", "moved"), 0, "a device moves");
	CHECK_INT(stat_of("moved").st_rdev, makedev(259, 300), "with its number");
}
