/* SPDX-License-Identifier: MIT */
/*
 * Blocks nobody needs, told to the device: FITRIM (fstrim), and the mount option discard.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

/* Sectors that the volume's device was told to discard so far. */
static unsigned long long discarded(void)
{
	unsigned long long v[14] = { 0 };
	char path[64], text[512];
	struct stat st;
	char *at = text;

	REQUIRE(stat("vol", &st) == 0);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat", major(st.st_dev), minor(st.st_dev));
	if (read_file(path, text, sizeof(text)) < 0)
		skip_all("no %s", path);
	for (int i = 0; i < 14; i++)
		v[i] = strtoull(at, &at, 10);
	return v[13];
}

static long trim(int fd, unsigned long long start, unsigned long long len, unsigned long long minlen,
		 unsigned long long *done)
{
	struct fstrim_range range = { .start = start, .len = len, .minlen = minlen };
	long err = ioctl(fd, FITRIM, &range);

	*done = range.len;
	return err;
}

static int by_user(void *arg)
{
	struct fstrim_range range = { .len = ~0ULL };
	int fd;

	(void)arg;
	if (setgid(1000) || setuid(1000))
		return 1;
	fd = open("vol", O_RDONLY | O_DIRECTORY);
	return fd >= 0 && ioctl(fd, FITRIM, &range) == -1 && errno == EPERM ? 0 : 2;
}

static void check_ioctl(void)
{
	unsigned long long done, before = discarded(), all = ~0ULL;
	struct statvfs fs;
	int fd;

	close(pattern_file("vol/stays", 300000, 1));
	sync();
	fd = REQUIRE_OK(open("vol", O_RDONLY | O_DIRECTORY));
	if (trim(fd, 0, all, 0, &done) && errno == EOPNOTSUPP)
		skip_all("the device cannot discard");
	REQUIRE(fstatvfs(fd, &fs) == 0);
	CHECK(done <= (unsigned long long)fs.f_bfree * fs.f_bsize && done >= (16 << 20), "what is free is trimmed");
	CHECK(discarded() - before >= done / 512, "the device was told");
	CHECK(trim(fd, 0, all, 0, &done) == 0 && done == 0, "at once again there is nothing to do");
	CHECK_ERR(trim(fd, 0, 0, 0, &done), EINVAL, "nothing: EINVAL");
	CHECK_ERR(trim(fd, 1ULL << 40, all, 0, &done), EINVAL, "behind the end: EINVAL");
	CHECK_ERR(trim(fd, 0, all, 1ULL << 40, &done), EINVAL, "runs longer than a group: EINVAL");
	CHECK_ERR(ioctl(fd, FITRIM, bad_pointer()), EFAULT, "a bad pointer: EFAULT");
	CHECK_EXIT(by_user, NULL, 0, "who is not the administrator gets EPERM");
	close(pattern_file("vol/gone", 2 << 20, 2));
	sync();
	REQUIRE(unlink("vol/gone") == 0);
	sync();
	CHECK(trim(fd, 0, all, 0, &done) == 0 && done >= (2 << 20), "what was freed meanwhile is trimmed");
	CHECK(pattern_is("vol/stays", 300000, 1), "what is used stays");
	close(fd);
}

static void check_option(void)
{
	unsigned long long before;
	int fd;

	close(pattern_file("vol/gone", 4 << 20, 3));
	sync();
	before = discarded();
	REQUIRE(unlink("vol/gone") == 0);
	fd = REQUIRE_OK(open("vol", O_RDONLY | O_DIRECTORY));
	REQUIRE(syncfs(fd) == 0);
	close(fd);
	/* Linux may do it some time after the commit. */
	CHECK(EVENTUALLY(discarded() - before >= (4 << 20) / 512, 3000), "with -o discard freed blocks are discarded");
	CHECK(pattern_is("vol/stays", 300000, 1), "what is used stays");
}

void contract_main(void)
{
	volume_mount();
	check_ioctl();
	volume_umount();
	REQUIRE(volume_mount_with("discard"));
	check_option();
	volume_umount();
	volume_mount_again();
	CHECK(pattern_is("vol/stays", 300000, 1), "after another mount, too");
	volume_clear();
	volume_umount();
}
