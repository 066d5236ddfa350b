/* SPDX-License-Identifier: MIT */
/*
 * A disk that fails: who wrote is told, once, by fsync; what cannot be kept is given up and not held for ever; the
 * volume goes on, or takes no more changes, as errors= says; afterwards e2fsck repairs nothing but the mark.
 */
#include "kernel.h"
#include "volume.h"

#include "abi/fcntl.h"
#include "abi/mount.h"
#include "core/log.h"
#include "fs/ext4/group.h"
#include "fs/ext4/log.h"
#include "lib/err.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/stat.h"
#include "vfs/super.h"

#include <string.h>

static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };
static const char *mount_options;

static struct ext4_fs *mount_volume(void)
{
	struct file *root;
	struct ext4_fs *fs;

	CHECK_EQ(host_volume_mount("image", 0, mount_options), 0);
	root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	fs = ext4_fs(root->inode->sb);
	fput(root);
	return fs;
}

static int sync_file(struct file *file)
{
	return file->ops->fsync(file, 0, INT64_MAX, false);
}

static struct file *written(const char *name, size_t size)
{
	struct file *file = host_volume_open(name, O_RDWR | O_CREAT);
	char data[1000];

	memset(data, 'w', sizeof(data));
	for (size_t at = 0; at < size; at += sizeof(data))
		CHECK_EQ(file_kernel_write(file, data, sizeof(data), (loff_t)at), sizeof(data));
	return file;
}

static uint64_t place_of(struct file *file)
{
	struct ext4_run run;

	CHECK_EQ(ext4_map(ext4_i(file->inode), 0, 1, &run), 0);
	CHECK(run.block);
	return run.block << file->inode->sb->block_bits;
}

static void fail_at(uint64_t from, uint64_t bytes)
{
	host_volume.disk.fail_start = from;
	host_volume.disk.fail_end = from + bytes;
}

static uint64_t dirty_pages(void)
{
	struct pagecache_stats stats;

	pagecache_stats(&stats);
	return stats.dirty + stats.writeback;
}

/* --- A block of data --- */

/* 4 KiB with IOCB_*. */
static ssize_t write_with(struct file *file, unsigned flags, loff_t pos)
{
	static char sectors[4096] __attribute__((__aligned__(4096)));
	struct kiocb iocb = { .file = file, .flags = flags, .pos = pos, .limit = UINT64_MAX };
	struct iov_iter from;
	struct iovec one;

	iov_init_kernel(&from, &one, sectors, sizeof(sectors));
	return file->ops->write_iter(&iocb, &from);
}

static void data_fails(void)
{
	struct ext4_fs *fs = mount_volume();
	struct file *file = written("file", 50000), *other = host_volume_open("file", O_RDWR), *later;

	CHECK_EQ(sync_file(file), 0);
	fail_at(place_of(file), 512);
	CHECK_EQ(file_kernel_write(file, "changed", 7, 0), 7);
	CHECK_EQ(sync_file(file), -EIO);		/* told, once to each who has it open */
	CHECK_EQ(sync_file(file), 0);
	CHECK_EQ(sync_file(other), -EIO);
	CHECK_EQ(sync_file(other), 0);
	later = host_volume_open("file", O_RDWR);
	CHECK_EQ(sync_file(later), 0);
	CHECK_EQ(dirty_pages(), 0);
	/* Written behind everybody's back: whoever opens it next is told, as nobody was yet. */
	CHECK_EQ(file_kernel_write(file, "again", 5, 0), 5);
	fput(file);
	fput(other);
	fput(later);
	super_sync_all();
	later = host_volume_open("file", O_RDWR);
	CHECK_EQ(sync_file(later), -EIO);
	fput(later);
	/* O_DIRECT is told by the write itself. */
	file = host_volume_open("file", O_RDWR | O_DIRECT);
	CHECK_EQ(write_with(file, IOCB_DIRECT, 0), -EIO);
	fput(file);
	/* The rest of the volume works, and the block when the disk does. */
	fail_at(0, 0);
	file = written("more", 50000);
	CHECK_EQ(sync_file(file), 0);
	fput(file);
	file = host_volume_open("file", O_RDWR);
	CHECK_EQ(file_kernel_write(file, "changed", 7, 0), 7);
	CHECK_EQ(sync_file(file), 0);
	fput(file);
	CHECK(!(fs->sb->flags & SB_RDONLY) && !ext4_is_aborted(fs));
	host_volume_save_disk("after");
}

/* What no fsync was told of, syncfs(2) is: each open file of the volume once. */
static void syncfs_tells(void)
{
	struct ext4_fs *fs = mount_volume();
	struct file *file = written("file", 50000), *root = host_volume_open("/", O_RDONLY | O_DIRECTORY);

	CHECK_EQ(sync_file(file), 0);
	CHECK_EQ(file_syncfs(root), 0);
	fail_at(place_of(file), 512);
	CHECK_EQ(file_kernel_write(file, "changed", 7, 0), 7);
	super_sync_all();
	fail_at(0, 0);
	CHECK_EQ(file_syncfs(root), -EIO);
	CHECK_EQ(file_syncfs(root), 0);
	CHECK_EQ(file_syncfs(file), -EIO);
	CHECK_EQ(sync_file(file), -EIO);
	fput(root);
	root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	CHECK_EQ(file_syncfs(root), 0);
	CHECK(!(fs->sb->flags & SB_RDONLY));
	fput(root);
	fput(file);
}

TEST(syncfs)
{
	host_volume_make("24M", "-t ext4");
	ktest_run(&options, syncfs_tells);
}

enum { S_IFBLK = 0060000 };

/* What was written before to a device, and lost, is told to who writes with O_SYNC, too. */
static void device_tells(void)
{
	struct ext4_fs *fs = mount_volume();
	loff_t end = (loff_t)host_volume.disk.size;
	struct file *file;

	CHECK_EQ(vfs_mknod(&host_volume.ctx, AT_FDCWD, "/device", S_IFBLK | 0600, fs->bdev->dev), 0);
	file = host_volume_open("/device", O_RDWR);
	CHECK_EQ(file_kernel_write(file, "lost", 4, end - 8192), 4);
	fail_at((uint64_t)end - 8192, 4096);
	super_sync_all();
	fail_at(0, 0);
	CHECK_EQ(write_with(file, IOCB_SYNC, end - 4096), -EIO);
	CHECK_EQ(write_with(file, IOCB_SYNC, end - 4096), 4096);
	fput(file);
}

TEST(device_with_o_sync)
{
	host_volume_make("24M", "-t ext4");
	ktest_run(&options, device_tells);
}

static void data(const char *mke2fs)
{
	host_volume_make("24M", mke2fs);
	mount_options = NULL;
	ktest_run(&options, data_fails);
	host_volume_fsck("after");
	host_volume_command("[ \"$(debugfs -R 'cat /file' after 2>/dev/null | head -c 7)\" = changed ]");
}

TEST(data_of_extents) { data("-t ext4"); }
TEST(data_of_block_maps) { data("-t ext3 -b 1024"); }
TEST(data_without_journal) { data("-t ext2"); }

/* --- The journal --- */

static void journal_fails(void)
{
	struct ext4_fs *fs = mount_volume();
	struct file *before = written("before", 50000), *file, *waiting;
	struct ext4_run run;

	CHECK_EQ(sync_file(before), 0);
	file = written("file", 40000);
	waiting = written("waiting", 40000);
	CHECK_EQ(ext4_log_map(&fs->journal->log, fs->journal->head, 1, &run), 0);
	fail_at(run.block << fs->block_bits, fs->block_size);
	CHECK_LT(sync_file(file), 0);
	CHECK(ext4_is_aborted(fs) && (fs->sb->flags & SB_RDONLY));
	fail_at(0, 0);
	/* Nothing of it will be durable, and fsync never says so; nothing stays dirty. */
	CHECK_LT(sync_file(file), 0);
	CHECK_LT(sync_file(file), 0);
	CHECK_LT(sync_file(waiting), 0);
	super_sync_all();
	CHECK_EQ(dirty_pages(), 0);
	CHECK_EQ(fs->alloc->delayed_blocks, 0);
	CHECK_EQ(file_kernel_write(file, "x", 1, 0) == 1 && !sync_file(file), false);
	CHECK_EQ(vfs_mkdir(&host_volume.ctx, AT_FDCWD, "folder", 0755), -EROFS);
	CHECK_EQ(vfs_unlink(&host_volume.ctx, AT_FDCWD, "before"), -EROFS);
	/* What was there can be read. */
	CHECK_EQ(sync_file(before) == 0, false);
	fput(before);
	fput(file);
	fput(waiting);
	CHECK_EQ(super_sync(fs->sb, true) <= 0, true);
	host_volume_save_disk("after");
}

static void journal(const char *mke2fs, const char *text)
{
	host_volume_make("24M", mke2fs);
	mount_options = text;
	ktest_run(&options, journal_fails);
	host_volume_fsck("after");
	host_volume_command("[ $(debugfs -R 'cat /before' after 2>/dev/null | tr -d w | wc -c) = 0 ] && "
			    "[ $(debugfs -R 'cat /before' after 2>/dev/null | wc -c) = 50000 ]");
}

TEST(journal_is_aborted) { journal("-t ext4", NULL); }
TEST(journal_is_aborted_though_errors_continue) { journal("-t ext4 -b 1024", "errors=continue"); }
TEST(journal_with_data_is_aborted) { journal("-t ext4", "data=journal"); }

/* --- What is read makes no sense --- */

static void broken_inode(void)
{
	struct ext4_fs *fs = mount_volume();
	bool goes_on = fs->opts.errors == EXT4_ERRORS_CONTINUE;
	struct file *file = host_volume_open("broken", O_RDONLY);
	char byte;

	CHECK_EQ(file_kernel_read(file, &byte, 1, 0), -EIO);
	fput(file);
	CHECK_EQ(!(fs->sb->flags & SB_RDONLY), goes_on);
	CHECK_EQ(vfs_mkdir(&host_volume.ctx, AT_FDCWD, "folder", 0755), goes_on ? 0 : -EROFS);
	super_sync_all();
	host_volume_save_disk("after");
}

static void found(const char *text, const char *tune)
{
	host_volume_make("24M", "-t ext4");
	host_volume_command("%s && head -c 9000 /dev/zero > file && "
			    "printf 'write file broken\\nset_inode_field broken block[0] 0\\n' | "
			    "debugfs -w -f - image 2>&1", tune);
	mount_options = text;
	ktest_run(&options, broken_inode);
	host_volume_command("dumpe2fs -h after 2>/dev/null | grep -q 'Filesystem state:.*errors' && "
			    "dumpe2fs -h after 2>/dev/null | grep -q 'FS Error count:'");
}

TEST(errors_continue) { found("errors=continue", "true"); }
TEST(errors_remount_ro) { found("errors=remount-ro", "true"); }
TEST(errors_of_the_volume) { found(NULL, "tune2fs -e remount-ro image"); }
