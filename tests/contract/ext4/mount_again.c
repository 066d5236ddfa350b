/* SPDX-License-Identifier: MIT */
/*
 * What was written is there after unmounting and mounting: content, names, modes, times, attributes, links.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <sys/sysmacros.h>
#include <sys/xattr.h>

static void make(void)
{
	struct timespec ts[2] = { { 1000000000, 111111111 }, { 0x123456789, 222222222 } };
	char text[500], name[64];

	close(pattern_file("vol/file", 123456, 1));
	REQUIRE(chmod("vol/file", 04751) == 0 && chown("vol/file", 70000, 80000) == 0 && chmod("vol/file", 04751) == 0);
	REQUIRE(utimensat(AT_FDCWD, "vol/file", ts, 0) == 0);
	REQUIRE(setxattr("vol/file", "user.small", "s", 1, 0) == 0);
	memset(text, 'l', sizeof(text));
	REQUIRE(setxattr("vol/file", "user.large", text, sizeof(text), 0) == 0);
	REQUIRE(mkdir("vol/dir", 0750) == 0 && mkdir("vol/dir/sub", 0700) == 0 && chmod("vol/dir/sub", 01775) == 0);
	REQUIRE(link("vol/file", "vol/dir/hard") == 0);
	REQUIRE(symlink("short", "vol/short") == 0);
	text[499] = 0;
	REQUIRE(symlink(text, "vol/long") == 0);
	REQUIRE(mknod("vol/device", S_IFCHR | 0640, makedev(259, 300)) == 0 && mkfifo("vol/fifo", 0600) == 0);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "vol/dir/sub/number-%u", i);
		close(pattern_file(name, i * 3, i));
	}
	close(pattern_file("vol/sparse", 10, 2));
	REQUIRE(truncate("vol/sparse", 100 << 20) == 0);
}

static void check(void)
{
	char buf[600], name[64];
	struct stat st = stat_of("vol/file");
	int good = 0;

	CHECK(pattern_is("vol/file", 123456, 1), "content");
	CHECK_INT(st.st_mode, S_IFREG | 04751, "mode");
	CHECK(st.st_uid == 70000 && st.st_gid == 80000, "owner and group");
	CHECK(st.st_mtim.tv_sec == 0x123456789 && st.st_mtim.tv_nsec == 222222222, "time");
	CHECK_INT(st.st_nlink, 2, "links");
	CHECK_INT(stat_of("vol/dir/hard").st_ino, st.st_ino, "the other name");
	CHECK_INT(getxattr("vol/file", "user.small", buf, sizeof(buf)), 1, "a small attribute");
	CHECK_INT(getxattr("vol/file", "user.large", buf, sizeof(buf)), 500, "a large one");
	CHECK(readlink("vol/short", buf, sizeof(buf)) == 5 && !memcmp(buf, "short", 5), "a short link");
	CHECK_INT(readlink("vol/long", buf, sizeof(buf)), 499, "a long one");
	CHECK_INT(stat_of("vol/device").st_rdev, makedev(259, 300), "a device");
	CHECK(S_ISFIFO(stat_of("vol/fifo").st_mode), "a FIFO");
	CHECK_INT(stat_of("vol/dir").st_nlink, 3, "a folder's links");
	CHECK_INT(stat_of("vol/dir/sub").st_mode, S_IFDIR | 01775, "a folder's mode");
	CHECK_INT(size_of("vol/sparse"), 100 << 20, "a sparse file's size");
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "vol/dir/sub/number-%u", i);
		good += pattern_is(name, i * 3, i);
	}
	CHECK_INT(good, 1000, "a thousand files");
	CHECK_INT(count_names("vol/dir/sub"), 1000, "no more");
}

void contract_main(void)
{
	volume_mount();
	make();
	volume_umount();
	CHECK_ERR(access("vol/file", F_OK), ENOENT, "unmounted, nothing is there");
	volume_mount_again();
	check();
	volume_umount();
	volume_mount_again();
	check();
	volume_clear();
	volume_umount();
}
