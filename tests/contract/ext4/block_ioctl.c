/* SPDX-License-Identifier: MIT */
/*
 * A disk as a program reads it that changes nothing: sizes by ioctl, lseek and /sys agree; what needs the right
 * to write or CAP_SYS_ADMIN is refused in the order Linux refuses it; O_DIRECT wants alignment. The first disk that can
 * be opened is taken; skipped where there is none.
 */
#include "lib/contract.h"

#include <dirent.h>
#include <linux/blkpg.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <sys/ioctl.h>

static char name[32];

static long long sys_number(const char *file)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "/sys/class/block/%s/%s", name, file);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return -1;
	close(fd);
	return atoll(text);
}

/* Open the first whole disk of /sys/block that has a size. */
static int open_disk(int flags)
{
	DIR *dir = opendir("/sys/block");
	struct dirent *entry;
	int fd = -1;

	while (dir && fd < 0 && (entry = readdir(dir))) {
		char path[64];

		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= sizeof(name))
			continue;
		strcpy(name, entry->d_name);
		snprintf(path, sizeof(path), "/dev/%s", name);
		if (sys_number("size") >= 64)
			fd = open(path, flags);
	}
	if (dir)
		closedir(dir);
	return fd;
}

static void check_sizes(int fd)
{
	unsigned long sectors = 0;
	unsigned physical = 0, least = 0;
	uint64_t bytes = 0, sequence = 0;
	int sector = 0, read_only = -1;
	unsigned short most = 0;
	long ahead = -1;

	CHECK_INT(ioctl(fd, BLKGETSIZE64, &bytes), 0, "BLKGETSIZE64");
	CHECK_INT(ioctl(fd, BLKGETSIZE, &sectors), 0, "BLKGETSIZE");
	CHECK_INT((long)sectors, (long)(bytes / 512), "both sizes agree");
	CHECK_INT((long)sys_number("size"), (long)sectors, "and /sys");
	CHECK_INT((long)lseek(fd, 0, SEEK_END), (long)bytes, "and lseek");
	CHECK_INT(ioctl(fd, BLKSSZGET, &sector), 0, "BLKSSZGET");
	CHECK(sector >= 512 && !(sector & (sector - 1)), "a sector has %d bytes", sector);
	CHECK_INT((long)sys_number("queue/logical_block_size"), sector, "as /sys says");
	CHECK_INT(ioctl(fd, BLKPBSZGET, &physical), 0, "BLKPBSZGET");
	CHECK(physical >= (unsigned)sector, "a physical one has %u", physical);
	CHECK_INT(ioctl(fd, BLKIOMIN, &least), 0, "BLKIOMIN");
	CHECK(least >= physical, "the least transfer is %u", least);
	CHECK_INT(ioctl(fd, BLKROGET, &read_only), 0, "BLKROGET");
	CHECK_INT((long)sys_number("ro"), read_only, "as /sys says");
	CHECK_INT(ioctl(fd, BLKSECTGET, &most), 0, "BLKSECTGET");
	CHECK(most > 0, "at most %u sectors", most);
	CHECK_INT(ioctl(fd, BLKRAGET, &ahead), 0, "BLKRAGET");
	CHECK(ahead >= 0, "%ld sectors are read ahead", ahead);
	CHECK_INT(ioctl(fd, BLKGETDISKSEQ, &sequence), 0, "BLKGETDISKSEQ");
	CHECK_INT((long)sys_number("diskseq"), (long)sequence, "as /sys says");
}

static void check_refusals(int fd)
{
	struct blkpg_partition part = { .pno = 1 };
	struct blkpg_ioctl_arg change = { .op = BLKPG_DEL_PARTITION, .datalen = sizeof(part), .data = &part };
	uint64_t range[2] = { 0, 512 };
	int zero = 0;

	CHECK_ERR(ioctl(fd, BLKDISCARD, range), EBADF, "a discard needs a descriptor for writing");
	CHECK_ERR(ioctl(fd, BLKZEROOUT, range), EBADF, "so do zeroes");
	CHECK_ERR(ioctl(fd, _IO('Z', 99)), ENOTTY, "what nobody knows");
	CHECK_ERR(ioctl(fd, BLKGETSIZE64, (void *)8), EFAULT, "a bad address");
	REQUIRE_OK(setuid(65534));
	CHECK_ERR(ioctl(fd, BLKRRPART), EACCES, "without the right: BLKRRPART");
	CHECK_ERR(ioctl(fd, BLKPG, &change), EACCES, "BLKPG");
	CHECK_ERR(ioctl(fd, BLKFLSBUF, 0), EACCES, "BLKFLSBUF");
	CHECK_ERR(ioctl(fd, BLKROSET, &zero), EACCES, "BLKROSET");
	CHECK_ERR(ioctl(fd, BLKRASET, 256ul), EACCES, "BLKRASET");
}

static void check_direct(int fd)
{
	char *direct = aligned_alloc(PAGE, 2 * PAGE), *cached = aligned_alloc(PAGE, PAGE);
	int plain = open_disk(O_RDONLY);

	REQUIRE(direct && cached && plain >= 0);
	memset(direct, 1, PAGE);
	CHECK_INT(pread(fd, direct, PAGE, 0), (long)PAGE, "O_DIRECT, a page");
	CHECK_INT(pread(plain, cached, PAGE, 0), (long)PAGE, "the same through the cache");
	/* No more than a sector: a mounted volume's super block is perhaps newer in the cache. */
	CHECK(!memcmp(direct, cached, 512), "is the same");
	CHECK_ERR(pread(fd, direct, 100, 0), EINVAL, "O_DIRECT, an odd length");
	CHECK_ERR(pread(fd, direct, PAGE, 100), EINVAL, "an odd place");
	CHECK_INT(pread(fd, direct, PAGE, lseek(fd, 0, SEEK_END)), 0, "the end");
	CHECK_INT(pread(plain, cached, 100, lseek(fd, 0, SEEK_END) - 10), 10, "a short read at the end");
	close(plain);
}

void contract_main(void)
{
	int fd = open_disk(O_RDONLY), direct;

	need_root();
	if (fd < 0)
		skip_all("there is no disk that can be opened");
	direct = REQUIRE_OK(open_disk(O_RDONLY | O_DIRECT));
	check_sizes(fd);
	check_direct(direct);
	check_refusals(fd);
}
