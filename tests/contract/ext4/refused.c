/* SPDX-License-Identifier: MIT */
/*
 * Volumes with features that the kernel does not have: refused with EINVAL and the feature's name in the log; where
 * the format allows, they can be read. A kernel that has a feature may mount it.
 */
#include "lib/pattern.h"
#include "lib/volume.h"

#include <endian.h>
#include <sys/klog.h>
#include <sys/mount.h>

#define SUPER_OFFSET	1024
#define INCOMPAT	0x60
#define RO_COMPAT	0x64
#define CHECKSUM	0x3fc
#define METADATA_CSUM	0x400u

static unsigned char super[1024];
static const char *device;

static uint32_t crc32c(const unsigned char *p, size_t n)
{
	uint32_t crc = 0xffffffff;

	while (n--) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return crc;
}

static uint32_t word(const unsigned char *block, unsigned at)
{
	uint32_t value;

	memcpy(&value, block + at, sizeof(value));
	return le32toh(value);
}

/* Write the super block, with more features than it had. */
static void put_super(uint32_t incompat, uint32_t ro_compat)
{
	unsigned char block[sizeof(super)];
	uint32_t value;
	int fd = REQUIRE_OK(open(device, O_RDWR));

	memcpy(block, super, sizeof(block));
	value = htole32(word(super, INCOMPAT) | incompat);
	memcpy(block + INCOMPAT, &value, sizeof(value));
	value = htole32(word(super, RO_COMPAT) | ro_compat);
	memcpy(block + RO_COMPAT, &value, sizeof(value));
	if (word(super, RO_COMPAT) & METADATA_CSUM) {
		value = htole32(crc32c(block, CHECKSUM));
		memcpy(block + CHECKSUM, &value, sizeof(value));
	}
	REQUIRE(pwrite(fd, block, sizeof(block), SUPER_OFFSET) == (ssize_t)sizeof(block));
	REQUIRE(fsync(fd) == 0);
	close(fd);
}

static bool logged(const char *text)
{
	static char log[1 << 18];
	int n = klogctl(3, log, sizeof(log) - 1);

	REQUIRE(n >= 0);
	log[n] = 0;
	return strstr(log, text) != NULL;
}

static void incompatible(uint32_t bit, const char *name)
{
	put_super(bit, 0);
	if (mount(device, "vol", "ext4", 0, NULL) == 0) {
		CHECK(umount("vol") == 0, "%s: mounted, so the kernel has it", name);
	} else {
		CHECK_INT(errno, EINVAL, "%s: refused", name);
		CHECK(logged(name), "with its name in the log");
		CHECK_ERR(mount(device, "vol", "ext4", MS_RDONLY, NULL), EINVAL, "read-only, too");
	}
	put_super(0, 0);
}

static void read_only(uint32_t bit, const char *name)
{
	put_super(0, bit);
	if (mount(device, "vol", "ext4", 0, NULL) == 0) {
		CHECK(umount("vol") == 0, "%s: mounted, so the kernel has it", name);
	} else {
		CHECK_INT(errno, EINVAL, "%s: refused for writing", name);
		CHECK(logged(name), "with its name in the log");
		CHECK_INT(mount(device, "vol", "ext4", MS_RDONLY, NULL), 0, "it can be mounted read-only");
		CHECK(pattern_is("vol/file", 5000, 1), "and read");
		CHECK_ERR(open("vol/new", O_CREAT | O_WRONLY, 0644), EROFS, "nothing can be made");
		CHECK_ERR(mount(NULL, "vol", NULL, MS_REMOUNT, NULL), EINVAL, "it does not become writable");
		CHECK_INT(umount("vol"), 0, "unmounted");
	}
	put_super(0, 0);
}

void contract_main(void)
{
	int fd;

	device = getenv("CONTRACT_DEVICE");
	if (!device)
		skip_all("needs a disk of its own: CONTRACT_DEVICE");
	volume_mount();
	close(pattern_file("vol/file", 5000, 1));
	volume_umount();
	fd = REQUIRE_OK(open(device, O_RDONLY));
	REQUIRE(pread(fd, super, sizeof(super), SUPER_OFFSET) == (ssize_t)sizeof(super));
	close(fd);
	incompatible(0x10000, "encrypt");
	incompatible(0x20000, "casefold");
	incompatible(0x400, "ea_inode");
	incompatible(0x80000000, "80000000");
	read_only(0x200, "bigalloc");
	read_only(0x8000, "verity");
	volume_mount_again();
	CHECK(pattern_is("vol/file", 5000, 1), "as it was, it is mounted again");
	volume_clear();
	volume_umount();
}
