/* SPDX-License-Identifier: MIT */
/*
 * FS_IOC_SETFLAGS bit by bit: what can be changed, what is passed over, what is refused; chattr +j and -j with content
 * before, between and behind.
 */
#include "lib/pattern.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

/* Can be changed by root, on files; on folders. The others are passed over or refused. */
#define SETTABLE	(0xffu | FS_NOTAIL_FL)
#define FOLDERS		(FS_DIRSYNC_FL | FS_TOPDIR_FL | FS_PROJINHERIT_FL)
#define REFUSED		(1u << 13 | 1u << 18 | 1u << 21 | 1u << 23 | 1u << 24 | 1u << 26 | 1u << 27 | 3u << 30)
/* Linux changes how the file is stored; whether DAX and EOFBLOCKS are kept says nothing to a program. */
#define LEFT_OUT	(FS_EXTENT_FL | FS_DAX_FL | FS_EOFBLOCKS_FL | FS_JOURNAL_DATA_FL | FS_INLINE_DATA_FL)

static unsigned flags_of(int fd)
{
	unsigned flags = 0;

	REQUIRE(ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0);
	return flags;
}

static int set(int fd, unsigned flags)
{
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0 ? 0 : errno;
}

static void bits(int fd, const char *what, unsigned settable, unsigned refused)
{
	unsigned base = flags_of(fd), wrong = 0;

	CHECK_INT(set(fd, base), 0, "%s: what was read can be set", what);
	for (unsigned i = 0; i < 32; i++) {
		unsigned bit = 1u << i, expect = settable & bit;
		int err;

		if (bit & LEFT_OUT)
			continue;
		err = set(fd, base ^ bit);
		if (err != (refused & bit ? EOPNOTSUPP : 0) || (flags_of(fd) ^ base) != expect) {
			note("%s: bit %u: %s, changed %#x", what, i, strerror(err), flags_of(fd) ^ base);
			wrong |= bit;
		}
		REQUIRE(set(fd, base) == 0);
	}
	CHECK_INT(wrong, 0, "%s: each bit is set, passed over or refused", what);
}

static void journal(int fd)
{
	unsigned base = flags_of(fd);
	char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	int err;

	REQUIRE(map != MAP_FAILED);
	pattern_write(fd, 0, 65536, 1);
	err = set(fd, base | FS_JOURNAL_DATA_FL);
	if (err == EPERM || err == EOPNOTSUPP) {	/* CAP_SYS_RESOURCE is not here, or its place is wrong */
		note("chattr +j: %s", strerror(err));
		return;
	}
	CHECK_INT(err, 0, "chattr +j");
	if (!(flags_of(fd) & FS_JOURNAL_DATA_FL)) {
		note("the volume has no journal");
		return;
	}
	CHECK(pattern_read(fd, 0, 65536, 1), "the content is as it was");
	pattern_write(fd, 32768, 100000, 1);
	map[5] = 'm';
	CHECK_INT(fsync(fd), 0, "written and synced through the journal");
	CHECK_INT(pwrite(fd, "n", 1, 9000), 1, "written and not synced");
	map[6] = 'm';
	CHECK_INT(set(fd, base), 0, "chattr -j");
	CHECK_INT(flags_of(fd), base, "it is gone");
	CHECK(map[5] == 'm' && map[6] == 'm' && map[9000] == 'n', "what was stored is there");
	CHECK_INT(pwrite(fd, "o", 1, 9001), 1, "and can be changed");
	CHECK_INT(fdatasync(fd), 0, "and synced");
	pattern_write(fd, 0, 132768, 1);
	CHECK_INT(set(fd, base | FS_JOURNAL_DATA_FL), 0, "on");
	CHECK_INT(set(fd, base), 0, "and off again");
	CHECK(pattern_read(fd, 0, 132768, 1), "all is there");
}

/* With what root opened. */
static int as_another(void *arg)
{
	int fd = *(int *)arg;

	REQUIRE(setresuid(1000, 1000, 1000) == 0);
	CHECK_INT(set(fd, flags_of(fd) | FS_NODUMP_FL), EPERM, "who asks counts, not who opened the file");
	return 0;
}

void contract_main(void)
{
	struct fsxattr attr;
	int fd, dir;

	need_root();
	tmp_dir();
	fd = pattern_file("file", 10000, 1);
	REQUIRE(mkdir("dir", 0755) == 0);
	dir = REQUIRE_OK(open("dir", O_RDONLY | O_DIRECTORY));
	bits(fd, "a file", SETTABLE, REFUSED | FOLDERS);
	bits(dir, "a folder", SETTABLE | FOLDERS, REFUSED);
	CHECK_EXIT(as_another, &fd, 0, "another user");
	REQUIRE(ioctl(fd, FS_IOC_FSGETXATTR, &attr) == 0);
	attr.fsx_xflags |= FS_XFLAG_NODUMP;
	CHECK_INT(ioctl(fd, FS_IOC_FSSETXATTR, &attr), 0, "the other form");
	CHECK(flags_of(fd) & FS_NODUMP_FL, "sets the same");
	attr.fsx_xflags |= 4;
	CHECK_ERR(ioctl(fd, FS_IOC_FSSETXATTR, &attr), EOPNOTSUPP, "a bit nobody knows");
	journal(fd);
}
