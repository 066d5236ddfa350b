/* SPDX-License-Identifier: MIT */
/*
 * The device of a mounted volume read with O_DIRECT: what the volume has in memory only is not lost by that. Nor when a
 * sector of it that is no part of the volume is written so.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <sys/statvfs.h>

enum { FOLDERS = 12, PIECE = 1 << 20 };

static char *buf;

static int open_device(int flags)
{
	int fd;

	unlink("device");
	REQUIRE(mknod("device", S_IFBLK | 0600, stat_of("vol").st_dev) == 0);
	fd = open("device", flags);
	if (fd < 0 && errno == EINVAL)
		skip_all("the device has no O_DIRECT");
	return REQUIRE_OK(fd);
}

static void read_device(int fd)
{
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buf, PIECE, at)) > 0)
		at += n;
	CHECK(n == 0 && at >= (32 << 20), "the whole device is read");
}

static void name_of(char *name, size_t size, unsigned i)
{
	snprintf(name, size, "vol/folder-%u/file", i);
}

static void fill(int fd)
{
	char name[64];

	for (unsigned i = 0; i < FOLDERS; i++) {
		snprintf(name, sizeof(name), "vol/folder-%u", i);
		REQUIRE(mkdir(name, 0755) == 0);
		name_of(name, sizeof(name), i);
		close(pattern_file(name, 20000 + i, i));
		if (i % 3 == 0)
			sync();			/* in the journal, not in its place */
		read_device(fd);
	}
}

/* The first 512 bytes are a boot loader's. */
static void write_boot_sector(int fd)
{
	int plain = open_device(O_RDONLY);
	char seen[512];

	memset(buf, 'b', 512);
	if (pwrite(fd, buf, 512, 0) != 512)
		note("the first sector: %s", strerror(errno));
	else
		CHECK(pread(plain, seen, 512, 0) == 512 && !memcmp(buf, seen, 512), "both ways show what was written");
	close(plain);
}

void contract_main(void)
{
	struct statvfs before, after;
	char name[64];
	int fd;

	need_root();
	volume_mount();
	buf = aligned_alloc(PAGE, PIECE);
	REQUIRE(buf);
	fd = open_device(O_RDWR | O_DIRECT);
	fill(fd);
	write_boot_sector(fd);
	sync();
	REQUIRE(statvfs("vol", &before) == 0);
	close(fd);
	volume_umount();
	volume_mount_again();
	REQUIRE(statvfs("vol", &after) == 0);
	CHECK_INT((long)after.f_bfree, (long)before.f_bfree, "as many free blocks");
	CHECK_INT((long)after.f_ffree, (long)before.f_ffree, "and inodes");
	for (unsigned i = 0; i < FOLDERS; i++) {
		name_of(name, sizeof(name), i);
		CHECK(pattern_is(name, 20000 + i, i), "file %u", i);
	}
	volume_clear();
	volume_umount();
}
