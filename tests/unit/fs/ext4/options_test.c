/* SPDX-License-Identifier: MIT */
/*
 * What mount options do to the disk: discard, nodelalloc.
 */
#include "kernel.h"
#include "volume.h"

#include "abi/fcntl.h"
#include "fs/ext4/ext4.h"
#include "lib/err.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/super.h"

#include <stdlib.h>
#include <string.h>

#define BYTES	(512u << 10)

static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };
static const char *mount_options;

static struct ext4_fs *mount_with(const char *text)
{
	struct file *root;
	struct ext4_fs *fs;

	host_volume.disk.can_discard = true;
	CHECK_EQ(host_volume_mount("image", 0, text), 0);
	root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	fs = ext4_fs(root->inode->sb);
	fput(root);
	return fs;
}

static struct file *new_file(const char *name, char fill)
{
	struct file *file = host_volume_open(name, O_RDWR | O_CREAT | O_TRUNC);
	char *data = malloc(BYTES);

	CHECK(data);
	memset(data, fill, BYTES);
	CHECK_EQ(file_kernel_write(file, data, BYTES, 0), BYTES);
	free(data);
	return file;
}

static void sync_file(struct file *file)
{
	CHECK_EQ(file->ops->fsync(file, 0, INT64_MAX, false), 0);
}

/* --- discard --- */

static void remove_and_sync(void)
{
	struct ext4_fs *fs = mount_with(mount_options);
	bool wanted = fs->opts.discard, journal = ext4_has_journal(fs);
	struct file *gone = new_file("gone", 'g'), *stays = new_file("stays", 's');
	char data[64];

	sync_file(gone);
	sync_file(stays);
	fput(gone);
	CHECK_EQ(host_volume.disk.discarded, 0);
	CHECK_EQ(vfs_unlink(&host_volume.ctx, AT_FDCWD, "gone"), 0);
	/* Before the commit they may be needed again; without a journal nothing brings them back. */
	CHECK_EQ(host_volume.disk.discarded != 0, wanted && !journal);
	CHECK_EQ(super_sync(fs->sb, true), 0);
	CHECK_EQ(host_volume.disk.discarded >= BYTES, wanted);
	CHECK_LT(host_volume.disk.discarded, BYTES + (64u << 10));
	/* What is used again afterwards is as it was written. */
	fput(new_file("again", 'a'));
	CHECK_EQ(super_sync(fs->sb, true), 0);
	pagecache_drop_clean(&stays->inode->mapping);
	CHECK_EQ(file_kernel_read(stays, data, sizeof(data), BYTES - 64), 64);
	CHECK(data[0] == 's' && data[63] == 's');
	fput(stays);
	host_volume_save_disk("after");
}

static void discard(const char *mke2fs, const char *text)
{
	host_volume_make("24M", mke2fs);
	mount_options = text;
	ktest_run(&options, remove_and_sync);
	host_volume_fsck("after");
	host_volume_command("debugfs -R 'dump /again got' after 2>/dev/null && [ $(tr -d a < got | wc -c) = 0 ] && "
			    "[ $(wc -c < got) = %u ]", BYTES);
}

TEST(discard_after_commit) { discard("-t ext4", "discard"); }
TEST(discard_in_small_blocks) { discard("-t ext4 -b 1024", "discard"); }
TEST(discard_without_journal) { discard("-t ext2", "discard"); }
TEST(no_discard_unless_asked) { discard("-t ext4", NULL); }

/* --- nodelalloc --- */

static uint32_t blocks_with_a_place(struct file *file)
{
	struct ext4_inode *inode = ext4_i(file->inode);
	uint32_t nr = BYTES >> file->inode->sb->block_bits, n = 0;
	struct ext4_run run;

	for (uint32_t i = 0; i < nr; i++) {
		CHECK_EQ(ext4_map(inode, i, 1, &run), 0);
		n += run.block != 0;
	}
	return n;
}

static void write_and_look(void)
{
	struct ext4_fs *fs = mount_with(mount_options);
	struct file *file = new_file("file", 'f');

	CHECK_EQ(blocks_with_a_place(file), fs->opts.delalloc ? 0 : BYTES >> fs->block_bits);
	sync_file(file);
	CHECK_EQ(blocks_with_a_place(file), BYTES >> fs->block_bits);
	fput(file);
	host_volume_save_disk("after");
}

static void allocation(const char *mke2fs, const char *text)
{
	host_volume_make("24M", mke2fs);
	mount_options = text;
	ktest_run(&options, write_and_look);
	host_volume_fsck("after");
}

TEST(delalloc_waits) { allocation("-t ext4", "delalloc"); }
TEST(nodelalloc_allocates_at_once) { allocation("-t ext4", "nodelalloc"); }
TEST(nodelalloc_in_block_maps) { allocation("-t ext3 -b 1024", "nodelalloc"); }
