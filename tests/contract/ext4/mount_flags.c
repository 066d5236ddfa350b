/* SPDX-License-Identifier: MIT */
/*
 * What a mount's flags do: statfs(2) tells of a volume that is read-only; names that are not there cannot be removed
 * from it either; with strictatime each read is seen; options are read on a volume that is mounted already, too.
 */
#include "lib/volume.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statfs.h>

static void read_once(int fd)
{
	char c;

	sleep_ms(20);		/* longer than a tick */
	REQUIRE(pread(fd, &c, 1, 0) == 1);
}

static bool atime_moves(int fd)
{
	struct stat before, after;

	read_once(fd);
	REQUIRE(fstat(fd, &before) == 0);
	read_once(fd);
	REQUIRE(fstat(fd, &after) == 0);
	return before.st_atim.tv_sec != after.st_atim.tv_sec || before.st_atim.tv_nsec != after.st_atim.tv_nsec;
}

/* The file is read by way of a folder of the volume: neither flag is the volume's own. */
static void check_noatime(void)
{
	int flags, fd = REQUIRE_OK(open("vol/file", O_RDONLY));

	REQUIRE(ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0);
	flags |= FS_NOATIME_FL;
	REQUIRE(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0);
	CHECK(!atime_moves(fd), "a file's own noatime");
	flags &= ~FS_NOATIME_FL;
	REQUIRE(ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0);
	CHECK(atime_moves(fd), "and without it");
	close(fd);
	REQUIRE(mkdir("bound", 0755) == 0 && mount("vol", "bound", NULL, MS_BIND, NULL) == 0);
	REQUIRE(mount(NULL, "bound", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_STRICTATIME, NULL) == 0);
	fd = REQUIRE_OK(open("bound/file", O_RDONLY));
	CHECK(!atime_moves(fd), "a mount that is read-only");
	close(fd);
	REQUIRE(umount("bound") == 0);
}

void contract_main(void)
{
	const char *device = getenv("CONTRACT_DEVICE");
	struct statfs s;
	int fd;

	volume_mount();
	write_file("vol/file", "x", 1);
	REQUIRE(mount(NULL, "vol", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0);
	REQUIRE(statfs("vol", &s) == 0);
	CHECK_INT(s.f_flags & 0x21, 0x21, "statfs tells that it is read-only (ST_VALID, ST_RDONLY)");
	CHECK_ERR(unlink("vol/none"), EROFS, "unlink of nothing");
	CHECK_ERR(rmdir("vol/none"), EROFS, "rmdir of nothing");
	REQUIRE(mount(NULL, "vol", NULL, MS_REMOUNT | MS_RELATIME, NULL) == 0);
	fd = REQUIRE_OK(open("vol/file", O_RDONLY));
	CHECK(!atime_moves(fd), "relatime: the second read is not seen");
	REQUIRE(mount(NULL, "vol", NULL, MS_REMOUNT | MS_STRICTATIME, NULL) == 0);
	CHECK(atime_moves(fd), "strictatime: each read is seen");
	close(fd);
	check_noatime();
	REQUIRE(mkdir("two", 0755) == 0);
	if (device)
		CHECK_ERR(mount(device, "two", "ext4", 0, "no-such-option"), EINVAL, "a second mount's unknown option");
	if (device)
		umount("two");
	volume_umount();
}
