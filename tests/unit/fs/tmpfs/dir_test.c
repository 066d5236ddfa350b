/* SPDX-License-Identifier: MIT */
/* tmpfs through the VFS on the hosted kernel: names, links, renames, reading directories, data, limits. */
#include "kernel.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/tmpfs/tmpfs.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/stat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* <linux/stat.h> leaves these to libc, whose header clashes with the ABI ones. */
enum { MODE_DIR = 0040000, MODE_FILE = 0100000 };

static struct vfs_ctx ctx;

/* A context whose root is a fresh tmpfs. */
static void start(const char *options)
{
	ctx = (struct vfs_ctx){
		.fs = fs_state_create(),
		.files = fdtable_create(),
		.cred = &cred_root,
		.fsize_limit = UINT64_MAX,
		.nofile_limit = 1024,
	};
	CHECK(ctx.fs && ctx.files);
	CHECK_EQ(vfs_mount_root(&ctx, "none", "tmpfs", 0, options), 0);
	ctx.fs->umask = 022;
}

static int make_file(const char *name, const char *text)
{
	struct file *file;
	ssize_t n;
	int err = vfs_open(&ctx, AT_FDCWD, name, O_CREAT | O_RDWR | O_TRUNC, 0644, LOOKUP_FOLLOW, &file);

	if (err)
		return err;
	n = file_kernel_write(file, text, strlen(text), 0);
	fput(file);
	return n == (ssize_t)strlen(text) ? 0 : (int)n;
}

static void check_text(const char *name, const char *text)
{
	char buf[100] = "";
	struct file *file;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, name, O_RDONLY, 0, LOOKUP_FOLLOW, &file), 0);
	CHECK_EQ(file_kernel_read(file, buf, sizeof(buf) - 1, 0), (ssize_t)strlen(text));
	CHECK_STR(buf, text);
	fput(file);
}

static struct kstat stat_of(const char *name)
{
	struct kstat st;

	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, name, 0, &st), 0);
	return st;
}

static int exists(const char *name)
{
	struct kstat st;

	return vfs_stat(&ctx, AT_FDCWD, name, 0, &st) == 0;
}

KTEST(tmpfs_files_and_links)
{
	char buf[10];

	start(NULL);
	CHECK_EQ(make_file("/a", "hello"), 0);
	check_text("/a", "hello");
	CHECK_EQ(stat_of("/a").mode, MODE_FILE | 0644);
	CHECK_EQ(vfs_link(&ctx, AT_FDCWD, "/a", AT_FDCWD, "/b", 0), 0);
	CHECK_EQ(stat_of("/b").ino, stat_of("/a").ino);
	CHECK_EQ(stat_of("/b").nlink, 2);
	CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, "/a"), 0);
	CHECK(!exists("/a"));
	CHECK_EQ(stat_of("/b").nlink, 1);
	check_text("/b", "hello");
	CHECK_EQ(vfs_symlink(&ctx, "b", AT_FDCWD, "/link"), 0);
	check_text("/link", "hello");
	CHECK_EQ(vfs_readlink(&ctx, AT_FDCWD, "/link", buf, sizeof(buf)), 1);
	CHECK_EQ(stat_of("/link").size, 1);
	CHECK_EQ(vfs_symlink(&ctx, "x", AT_FDCWD, "/link"), -EEXIST);
	CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, "/missing"), -ENOENT);
}

KTEST(tmpfs_directories)
{
	start("size=1m,mode=0700");
	CHECK_EQ(stat_of("/").mode, MODE_DIR | 0700);
	CHECK_EQ(stat_of("/").nlink, 2);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "/d", 0777), 0);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "/d", 0777), -EEXIST);
	CHECK_EQ(stat_of("/d").mode, MODE_DIR | 0755);
	CHECK_EQ(stat_of("/").nlink, 3);
	CHECK_EQ(make_file("/d/f", "x"), 0);
	CHECK_EQ(vfs_rmdir(&ctx, AT_FDCWD, "/d"), -ENOTEMPTY);
	CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, "/d"), -EISDIR);
	CHECK_EQ(vfs_rmdir(&ctx, AT_FDCWD, "/d/f"), -ENOTDIR);
	CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, "/d/f"), 0);
	CHECK_EQ(vfs_rmdir(&ctx, AT_FDCWD, "/d"), 0);
	CHECK_EQ(stat_of("/").nlink, 2);
	CHECK(!exists("/d"));
}

KTEST(tmpfs_rename)
{
	start(NULL);
	CHECK_EQ(make_file("/a", "aa"), 0);
	CHECK_EQ(make_file("/b", "bb"), 0);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "/d", 0777), 0);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "/e", 0777), 0);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/a", AT_FDCWD, "/b", 1 /* RENAME_NOREPLACE */), -EEXIST);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/a", AT_FDCWD, "/b", 0), 0);
	CHECK(!exists("/a"));
	check_text("/b", "aa");
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/b", AT_FDCWD, "/d/c", 0), 0);
	check_text("/d/c", "aa");
	CHECK(!exists("/b"));
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/e", AT_FDCWD, "/d", 0), -ENOTEMPTY);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/d", AT_FDCWD, "/e", 0), 0);
	check_text("/e/c", "aa");
	CHECK_EQ(stat_of("/").nlink, 3);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "/f", 0777), 0);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/f", AT_FDCWD, "/e/f", 0), 0);
	CHECK_EQ(stat_of("/").nlink, 3);
	CHECK_EQ(stat_of("/e").nlink, 3);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/e", AT_FDCWD, "/e/f/g", 0), -EINVAL);
	CHECK_EQ(make_file("/x", "xx"), 0);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "/x", AT_FDCWD, "/e/c", 2 /* RENAME_EXCHANGE */), 0);
	check_text("/x", "aa");
	check_text("/e/c", "xx");
}

/* Collects up to `room` entries a call. */
struct listing {
	struct dir_context ctx;
	char names[64][16];
	unsigned n, room;
};

static bool collect(struct dir_context *c, const char *name, unsigned len, uint64_t ino, unsigned type, loff_t next)
{
	struct listing *l = container_of(c, struct listing, ctx);

	(void)ino, (void)type, (void)next;
	if (!l->room)
		return false;
	l->room--;
	snprintf(l->names[l->n++], 16, "%.*s", (int)len, name);
	return true;
}

KTEST(tmpfs_readdir_by_small_steps)
{
	struct listing l = { .ctx = { .emit = collect } };
	struct file *dir;
	char name[16];
	unsigned i;

	start(NULL);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "/f%u", i);
		CHECK_EQ(make_file(name, ""), 0);
	}
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY, 0, LOOKUP_FOLLOW, &dir), 0);
	for (i = 0; i < 30; i++) {
		l.room = 1;
		CHECK_EQ(dir->ops->iterate(dir, &l.ctx), 0);
		if (i == 5)		/* one that was shown, one that was not, and a new one */
			CHECK(!vfs_unlink(&ctx, AT_FDCWD, "/f1") && !vfs_unlink(&ctx, AT_FDCWD, "/f10") &&
			      !make_file("/new", ""));
	}
	fput(dir);
	CHECK_EQ(l.n, 2 + 20 - 1 + 1);
	CHECK_STR(l.names[0], ".");
	CHECK_STR(l.names[1], "..");
	CHECK_STR(l.names[3], "f1");
	CHECK_STR(l.names[l.n - 1], "new");
}

KTEST(tmpfs_limits)
{
	static char block[65536];
	struct file *file;
	struct kstatfs fs;
	struct path root;
	loff_t pos = 0;

	start("size=256k,nr_inodes=4");
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, "/big", O_CREAT | O_RDWR, 0644, LOOKUP_FOLLOW, &file), 0);
	for (; pos < 256 << 10; pos += sizeof(block))
		CHECK_EQ(file_kernel_write(file, block, sizeof(block), pos), (ssize_t)sizeof(block));
	CHECK_EQ(file_kernel_write(file, block, 1, pos), -ENOSPC);
	CHECK_EQ(file_kernel_write(file, block, 100, 1000), 100);	/* what is there may be written again */
	fs_state_get_root(ctx.fs, &root);
	CHECK_EQ(vfs_statfs(&root, &fs), 0);
	CHECK_EQ(fs.blocks, 64);
	CHECK_EQ(fs.blocks_free, 0);
	path_put(&root);
	fput(file);
	CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, "/big"), 0);
	CHECK_EQ(make_file("/1", "x"), 0);
	CHECK_EQ(make_file("/2", "x"), 0);
	CHECK_EQ(make_file("/3", "x"), 0);
	CHECK_EQ(make_file("/4", "x"), -ENOSPC);
}

KTEST(tmpfs_memfd_seals)
{
	struct file *file;

	start(NULL);
	CHECK_EQ(tmpfs_memfd("m", MFD_ALLOW_SEALING, &cred_root, &file), 0);
	CHECK_EQ(file_kernel_write(file, "data", 4, 0), 4);
	CHECK_EQ(tmpfs_get_seals(file), 0);
	CHECK_EQ(tmpfs_add_seals(file, F_SEAL_GROW), 0);
	CHECK_EQ(file_kernel_write(file, "DATA", 4, 0), 4);
	CHECK_EQ(file_kernel_write(file, "x", 1, 4), -EPERM);
	CHECK_EQ(tmpfs_add_seals(file, F_SEAL_WRITE | F_SEAL_SEAL), 0);
	CHECK_EQ(file_kernel_write(file, "x", 1, 0), -EPERM);
	CHECK_EQ(tmpfs_add_seals(file, F_SEAL_SHRINK), -EPERM);
	fput(file);
	CHECK_EQ(tmpfs_memfd("m", 0, &cred_root, &file), 0);
	CHECK_EQ(tmpfs_get_seals(file), F_SEAL_SEAL);
	fput(file);
}
