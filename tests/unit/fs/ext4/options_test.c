/* SPDX-License-Identifier: MIT */
/*
 * What mount options do to the disk: discard, nodelalloc, data=.
 */
#include "kernel.h"
#include "volume.h"

#include "abi/errno.h"
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
	pagecache_drop_clean(&stays->inode->mapping, 0, ULONG_MAX);
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

/* --- data= --- */

/* Bytes of the file that lie in their places on the disk. */
static size_t in_place(struct file *file, char fill)
{
	struct ext4_inode *inode = ext4_i(file->inode);
	unsigned bits = file->inode->sb->block_bits;
	struct ext4_run run;
	size_t n = 0;

	for (uint32_t i = 0; i < BYTES >> bits; i++) {
		CHECK_EQ(ext4_map(inode, i, 1, &run), 0);
		for (size_t at = 0; run.block && at < 1u << bits; at++)
			n += host_volume.disk.data[(run.block << bits) + at] == fill;
	}
	return n;
}

static void check_content(struct file *file, char fill)
{
	char *data = malloc(BYTES);

	CHECK(data);
	CHECK_EQ(file_kernel_read(file, data, BYTES, 0), BYTES);
	for (size_t i = 0; i < BYTES; i++)
		CHECK_EQ(data[i], fill);
	free(data);
}

/* Written, durable, not in place: only the log has it. The pages leave memory; what is read is what was written. */
static void write_by_log(void)
{
	struct ext4_fs *fs = mount_with(mount_options);
	bool journalled = fs->opts.data == EXT4_DATA_JOURNAL;
	struct file *file = new_file("file", 'f');

	CHECK_EQ(fs->opts.delalloc, !journalled);
	CHECK_EQ(in_place(file, 'f'), 0);
	sync_file(file);
	CHECK_EQ(in_place(file, 'f'), journalled ? 0 : BYTES);
	pagecache_truncate(&file->inode->mapping, 0);
	check_content(file, 'f');
	host_volume_save_disk("after");
	/* Over what was read again; one page of it is in two transactions. */
	fput(file);
	file = new_file("file", 'g');
	CHECK_EQ(file_kernel_write(file, "h", 1, 5000), 1);
	sync_file(file);
	CHECK_EQ(file_kernel_write(file, "g", 1, 5000), 1);
	sync_file(file);
	check_content(file, 'g');
	CHECK_EQ(ext4_journal_commit_all(fs), 0);
	host_volume_save_disk("later");
	fput(file);
}

/* What the disk has without its log, and with it. */
static void data_mode(const char *mke2fs, const char *text)
{
	host_volume_make("24M", mke2fs);
	mount_options = text;
	ktest_run(&options, write_by_log);
	host_volume_fsck("after");
	host_volume_fsck("later");
	host_volume_command("debugfs -R 'dump /file got' after 2>/dev/null && [ $(tr -d f < got | wc -c) = 0 ] && "
			    "[ $(wc -c < got) = %u ] && debugfs -R 'dump /file got' later 2>/dev/null && "
			    "[ $(tr -d g < got | wc -c) = 0 ] && [ $(wc -c < got) = %u ]", BYTES, BYTES);
}

TEST(data_ordered) { data_mode("-t ext4", "data=ordered"); }
TEST(data_writeback) { data_mode("-t ext4", "data=writeback"); }
TEST(data_journal) { data_mode("-t ext4 -J size=8", "data=journal"); }
TEST(data_journal_in_small_blocks) { data_mode("-t ext4 -b 1024 -J size=8", "data=journal"); }
TEST(data_journal_in_block_maps) { data_mode("-t ext3 -J size=8", "data=journal"); }

static void refused(void)
{
	CHECK_EQ(host_volume_mount("image", 0, mount_options), -EINVAL);
}

TEST(data_needs_a_journal)
{
	host_volume_make("24M", "-t ext2");
	mount_options = "data=journal";
	ktest_run(&options, refused);
}

TEST(data_journal_delays_nothing)
{
	host_volume_make("24M", "-t ext4");
	mount_options = "data=journal,delalloc";
	ktest_run(&options, refused);
}

static void take_what_has_no_effect(void)
{
	struct ext4_options parsed = { 0 };

	CHECK_EQ(ext4_options_parse(&parsed, "test", "data_err=ignore,stripe=32,usrquota,init_itable=10,quota"), 0);
	CHECK_EQ(ext4_options_parse(&parsed, "test", "stripe=x"), -EINVAL);
	CHECK_EQ(ext4_options_parse(&parsed, "test", "max_batch_time"), -EINVAL);
	/* Promises that nobody would keep. */
	CHECK_EQ(ext4_options_parse(&parsed, "test", "data_err=abort"), -EINVAL);
	CHECK_EQ(ext4_options_parse(&parsed, "test", "max_dir_size_kb=1"), -EINVAL);
}

TEST(without_effect) { ktest_run(&options, take_what_has_no_effect); }
