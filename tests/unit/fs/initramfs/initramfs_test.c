/* SPDX-License-Identifier: MIT */
/* Archives made by the host's cpio, gzip and zstd, unpacked into a tmpfs on the hosted kernel. */
#include "kernel.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "fs/initramfs/initramfs.h"
#include "vfs/cred.h"
#include "vfs/fdtable.h"
#include "vfs/file.h"
#include "vfs/namei.h"
#include "vfs/stat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A tree with a file, a link, a hard link, a FIFO and an empty file, as cpio on standard output. */
#define MAKE_TREE \
	"d=$(mktemp -d) && cd $d && umask 022 && mkdir -p a/b && seq 1 5000 >a/numbers && ln a/numbers a/b/same &&" \
	" ln -s ../numbers a/b/link && mkfifo fifo && : >empty && chmod 4750 a/numbers && touch -d @1000000 empty &&" \
	" find . | LC_ALL=C sort | cpio -o -H newc -R 7:8 2>/dev/null && rm -r $d"

static struct vfs_ctx ctx;

static void start(void)
{
	ctx = (struct vfs_ctx){
		.fs = fs_state_create(),
		.files = fdtable_create(),
		.cred = &cred_root,
		.fsize_limit = UINT64_MAX,
		.nofile_limit = 1024,
	};
	CHECK_EQ(vfs_mount_root(&ctx, "none", "tmpfs", 0, NULL), 0);
	ctx.fs->umask = 022;
}

static struct kstat stat_of(const char *name)
{
	struct kstat st;

	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, name, 0, &st), 0);
	return st;
}

static int unpack(const char *command)
{
	size_t size;
	void *data = test_command(command, &size);
	int err = initramfs_unpack_memory(&ctx, data, size);

	free(data);
	return err;
}

static void check_tree(void)
{
	static char text[30000], expected[30000];
	struct file *file;
	unsigned i;
	size_t n = 0;

	for (i = 1; i <= 5000; i++)
		n += (size_t)snprintf(expected + n, sizeof(expected) - n, "%u\n", i);
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, "/a/b/link", O_RDONLY, 0, LOOKUP_FOLLOW, &file), 0);
	CHECK_EQ(file_kernel_read(file, text, sizeof(text), 0), (ssize_t)n);
	CHECK_MEM(text, expected, n);
	fput(file);
	CHECK_EQ(stat_of("/a/numbers").ino, stat_of("/a/b/same").ino);
	CHECK_EQ(stat_of("/a/numbers").nlink, 2);
	CHECK_EQ(stat_of("/a/numbers").mode, 0104750);
	CHECK_EQ(stat_of("/a/numbers").uid, 7);
	CHECK_EQ(stat_of("/a/numbers").gid, 8);
	CHECK_EQ(stat_of("/a/b").mode, 0040755);
	CHECK_EQ(stat_of("/a/b/link").mode, 0120777);
	CHECK_EQ(stat_of("/fifo").mode, 0010644);
	CHECK_EQ(stat_of("/empty").size, 0);
	CHECK_EQ(stat_of("/empty").mtime.tv_sec, 1000000);
}

KTEST(initramfs_plain)
{
	start();
	CHECK_EQ(unpack(MAKE_TREE), 0);
	check_tree();
}

KTEST(initramfs_gzip)
{
	start();
	CHECK_EQ(unpack("(" MAKE_TREE ") | gzip -9"), 0);
	check_tree();
}

KTEST(initramfs_zstd)
{
	start();
	CHECK_EQ(unpack("(" MAKE_TREE ") | zstd -q -19 -c"), 0);
	check_tree();
}

/* As distributions do: a plain archive with microcode, zero bytes, then the compressed one. */
KTEST(initramfs_several)
{
	start();
	CHECK_EQ(unpack("(d=$(mktemp -d) && cd $d && echo code >first && ls | cpio -o -H newc 2>/dev/null; rm -r $d);"
			"head -c 517 /dev/zero; (" MAKE_TREE ") | gzip"), 0);
	check_tree();
	CHECK_EQ(stat_of("/first").size, 5);
}

KTEST(initramfs_twice_replaces)
{
	start();
	CHECK_EQ(unpack(MAKE_TREE), 0);
	CHECK_EQ(unpack(MAKE_TREE), 0);
	check_tree();
}

KTEST(initramfs_broken)
{
	start();
	CHECK_EQ(unpack("echo this is not an archive at all"), -EINVAL);
	CHECK_EQ(unpack("(" MAKE_TREE ") | head -c 5000"), -EINVAL);
	CHECK_LT(unpack("(" MAKE_TREE ") | gzip | head -c 3000"), 0);
	CHECK_EQ(unpack("printf '07070%0105d' 100; head -c 1000 /dev/zero"), -EINVAL);
}
