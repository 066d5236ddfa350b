/* SPDX-License-Identifier: MIT */
/*
 * ext4 volumes of any content: mounted read-only, and walked: every folder is listed, every name looked up, every file
 * read at its start and its end, every link and attribute. The walk is bounded; the volume need not be.
 *
 * The input is the volume, from byte 1 on; byte 0 chooses whether the super block's checksum is made right first.
 */
#include "fuzz_kernel.h"

#include "block/bdev.h"
#include "disk.h"
#include "lib/byteorder.h"
#include "lib/crc.h"
#include "lib/err.h"
#include "libos/libos.h"
#include "mm/pagecache.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISK_SIZE	(512 << 10)
#define DEPTH		4
#define ENTRIES		64		/* names looked at in one folder */
#define OBJECTS		300		/* in all */
#define SUPER_OFFSET	1024
#define SUPER_CHECKSUM	1020		/* of the super block */

static char content[DISK_SIZE];
static struct host_disk disk = { .name = "vda", .data = content, .size = DISK_SIZE };
static char buf[8192];
static unsigned objects;

static void setup(void)
{
	if (libos_mkdir("/mnt", 0755))
		abort();
	host_disk_register(&disk);
}

struct folder {
	unsigned nr;
	char name[ENTRIES][256];
};

static bool take_name(void *arg, const char *name, uint64_t ino, unsigned type)
{
	struct folder *folder = arg;

	if (!*name || strlen(name) > 255 || strchr(name, '/') || type > 15 || !ino)
		abort();
	strcpy(folder->name[folder->nr], name);
	return ++folder->nr < ENTRIES;
}

static void read_file(const char *path, uint64_t size)
{
	int fd = libos_open(path, LIBOS_O_RDONLY | LIBOS_O_NONBLOCK, 0);
	int64_t n;

	if (fd < 0)
		return;
	n = libos_pread(fd, buf, sizeof(buf), 0);
	if (n > (int64_t)sizeof(buf) || n > (int64_t)size)
		abort();
	if (size > sizeof(buf) && size < INT64_MAX && libos_pread(fd, buf, sizeof(buf), (int64_t)(size - 4000)) > 4000)
		abort();
	if (libos_close(fd))
		abort();
}

/* Link text and attributes, past the public API. */
static void look_closer(const char *path)
{
	struct vfs_ctx *ctx = api_vfs();
	struct inode *inode;
	struct path found;
	ssize_t n;

	n = vfs_readlink(ctx, AT_FDCWD, path, buf, sizeof(buf));
	if (n > (ssize_t)sizeof(buf))
		abort();
	if (path_lookup(ctx, AT_FDCWD, path, 0, &found))
		return;
	inode = d_inode(found.dentry);
	if (inode->ops->listxattr) {
		n = inode->ops->listxattr(inode, buf, sizeof(buf));
		if (n > (ssize_t)sizeof(buf))
			abort();
		for (char *name = buf; n > 0 && name < buf + n; name += strlen(name) + 1) {
			static char value[1024];

			if (inode->ops->getxattr(inode, name, value, sizeof(value)) > (ssize_t)sizeof(value))
				abort();
		}
	}
	path_put(&found);
}

static void walk(const char *path, unsigned depth)
{
	struct folder *folder = calloc(1, sizeof(*folder));
	int fd = libos_open(path, LIBOS_O_RDONLY | LIBOS_O_DIRECTORY, 0);
	struct libos_stat st;
	char below[2048];

	if (fd >= 0) {
		ignore_result(libos_readdir(fd, take_name, folder));	/* damaged: what was listed before counts */
		if (libos_close(fd))
			abort();
	}
	for (unsigned i = 0; i < folder->nr && objects < OBJECTS; i++) {
		if (!strcmp(folder->name[i], ".") || !strcmp(folder->name[i], ".."))
			continue;
		objects++;
		snprintf(below, sizeof(below), "%s/%s", path, folder->name[i]);
		look_closer(below);
		if (libos_stat(below, &st))
			continue;
		if ((st.mode & 0170000) == 0100000)
			read_file(below, st.size);
		else if ((st.mode & 0170000) == 0040000 && depth)
			walk(below, depth - 1);
	}
	free(folder);
}

static void fix_super(void)
{
	uint8_t *super = (uint8_t *)content + SUPER_OFFSET;

	put_unaligned_le32(crc32c(~0U, super, SUPER_CHECKSUM), super + SUPER_CHECKSUM);
}

static void mount_and_walk(const uint8_t *data, size_t size)
{
	struct bdev *bdev = bdev_get("vda");
	struct libos_stat st;

	memcpy(content, data + 1, size - 1);
	memset(content + size - 1, 0, DISK_SIZE - size + 1);
	if (data[0] & 1)
		fix_super();
	objects = 0;
	if (!libos_mount("/dev/vda", "/mnt", "ext4", LIBOS_MS_RDONLY, NULL)) {
		walk("/mnt", DEPTH);
		if (libos_stat("/mnt/no such name", &st) == 0)
			abort();
		if (libos_umount("/mnt"))
			abort();
	}
	pagecache_drop_clean(&bdev->mapping, 0, ULONG_MAX);
	bdev_put(bdev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return size < 2 || size > DISK_SIZE ? 0 : fuzz_kernel(data, size, setup, mount_and_walk);
}
