/* SPDX-License-Identifier: MIT */
/*
 * Coracle's own recovery of a volume, in the hosted kernel: mount, read everything, unmount.
 *
 * CRASH_IMAGE names the image, which the recovery changes. CRASH_LIST names a file that
 * gets one line an object: type, size, CRC-32 of the content or of a link's text, path (bytes that are
 * no plain characters as \ooo). crash.py compares it with what e2fsck and debugfs find.
 */
#include "disk.h"
#include "kernel.h"

#include "abi/fcntl.h"
#include "abi/stat.h"
#include "block/bdev.h"
#include "lib/err.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/stat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PATH_ROOM	4096
#define NAME_ROOM	256
#define PIECE		(64 << 10)

/* The UAPI header leaves them to libc's, which cannot be included beside it. */
enum { S_IFMT = 0170000, S_IFDIR = 0040000, S_IFREG = 0100000, S_IFLNK = 0120000, S_IFBLK = 0060000 };

static struct host_disk disk;
static struct vfs_ctx ctx;
static FILE *list;
static const struct host_options options = { .nr_cpus = 2, .ram_size = 48 << 20 };

struct names {
	struct dir_context ctx;
	char (*names)[NAME_ROOM];
	unsigned nr, room;
};

static uint32_t crc32(uint32_t crc, const void *data, size_t n)
{
	const unsigned char *p = data;
	static uint32_t table[256];

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	for (crc = ~crc; n; n--)
		crc = crc >> 8 ^ table[(crc ^ *p++) & 0xff];
	return ~crc;
}

static uint32_t content_of(const char *path, uint64_t size)
{
	static char piece[PIECE];
	struct file *file;
	uint32_t crc = 0;
	loff_t pos = 0;
	ssize_t n;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDONLY, 0, 0, &file), 0);
	while ((n = file_kernel_read(file, piece, sizeof(piece), pos)) > 0) {
		crc = crc32(crc, piece, (size_t)n);
		pos += n;
	}
	if (n < 0 || (uint64_t)pos != size)
		test_fail(__FILE__, __LINE__, "%s: %lld of %llu bytes, then %zd", path, (long long)pos,
			  (unsigned long long)size, n);
	fput(file);
	return crc;
}

static void print_line(char type, const struct kstat *st, uint32_t crc, const char *path)
{
	fprintf(list, "%c %llu %08x ", type, type == 'd' ? 0ull : (unsigned long long)st->size, crc);
	for (const unsigned char *p = (const unsigned char *)path; *p; p++)
		fprintf(list, *p > ' ' && *p < 0x7f && *p != '\\' ? "%c" : "\\%03o", *p);
	fputc('\n', list);
}

static bool take_name(struct dir_context *dir, const char *name, unsigned len, uint64_t ino, unsigned type, loff_t next)
{
	struct names *names = container_of(dir, struct names, ctx);

	(void)ino, (void)type, (void)next;
	if ((len == 1 && name[0] == '.') || (len == 2 && !memcmp(name, "..", 2)))
		return true;
	if (names->nr == names->room) {
		names->room = names->room ? 2 * names->room : 64;
		names->names = realloc(names->names, names->room * sizeof(*names->names));
		CHECK(names->names);
	}
	memcpy(names->names[names->nr], name, len);
	names->names[names->nr++][len] = '\0';
	return true;
}

static void read_folder(const char *path, struct names *names)
{
	struct file *file;
	unsigned before;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, 0, &file), 0);
	do {
		before = names->nr;
		CHECK_EQ(file->ops->iterate(file, &names->ctx), 0);
	} while (names->nr > before);
	fput(file);
}

static bool list_object(const char *path)
{
	char text[PATH_ROOM];
	struct kstat st;
	ssize_t n;

	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, path, 0, &st), 0);
	switch (st.mode & S_IFMT) {
	case S_IFDIR:
		print_line('d', &st, 0, path + 2);
		return true;
	case S_IFLNK:
		n = vfs_readlink(&ctx, AT_FDCWD, path, text, sizeof(text));
		CHECK_EQ(n, st.size);
		print_line('l', &st, crc32(0, text, (size_t)n), path + 2);
		return false;
	case S_IFREG:
		print_line('f', &st, content_of(path, (uint64_t)st.size), path + 2);
		return false;
	default:
		print_line('?', &st, 0, path + 2);
		return false;
	}
}

/* Folders one after another: `path` is a queue of those still to be read. */
static void list_all(void)
{
	struct names folders = { .ctx = { .emit = take_name } };
	char **queue = calloc(1 << 16, sizeof(*queue)), path[PATH_ROOM];
	unsigned nr = 1;

	CHECK(queue);
	queue[0] = strdup("./");
	for (unsigned i = 0; i < nr; i++) {
		struct names names = folders;

		read_folder(queue[i], &names);
		for (unsigned k = 0; k < names.nr; k++) {
			snprintf(path, sizeof(path), "%s%s%s", queue[i], i ? "/" : "", names.names[k]);
			if (list_object(path) && nr < 1 << 16)
				queue[nr++] = strdup(path);
		}
		free(names.names);
		free(queue[i]);
	}
	free(queue);
}

/* The disk is the file itself, of which a mount and a look around touch little. */
static void map_disk(const char *path)
{
	FILE *file = fopen(path, "r+b");

	CHECK(file && !fseek(file, 0, SEEK_END));
	disk.name = "vda";
	disk.size = (size_t)ftell(file);
	disk.data = mmap(NULL, disk.size, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
	CHECK(disk.data != MAP_FAILED);
	fclose(file);
	host_disk_register(&disk);
}

static void recover(void)
{
	map_disk(getenv("CRASH_IMAGE"));
	ctx.fs = fs_state_create();
	ctx.cred = &cred_root;
	ctx.fsize_limit = UINT64_MAX;
	CHECK(ctx.fs);
	CHECK_EQ(vfs_mount_root(&ctx, "none", "tmpfs", 0, NULL), 0);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "/vol", 0755), 0);
	CHECK_EQ(vfs_mknod(&ctx, AT_FDCWD, "/vda", S_IFBLK | 0600, bdev_get("vda")->dev), 0);
	CHECK_EQ(vfs_mount(&ctx, "/vda", "/vol", "ext4", 0, NULL), 0);
	CHECK_EQ(vfs_chdir(&ctx, "/vol"), 0);
	list = fopen(getenv("CRASH_LIST"), "w");
	CHECK(list);
	list_all();
	CHECK_EQ(fclose(list), 0);
	CHECK_EQ(vfs_chdir(&ctx, "/"), 0);
	CHECK_EQ(vfs_umount(&ctx, "/vol", 0), 0);
}

TEST(recovery)
{
	if (!getenv("CRASH_IMAGE") || !getenv("CRASH_LIST"))
		test_skip("no CRASH_IMAGE and CRASH_LIST");
	ktest_run(&options, recover);
}
