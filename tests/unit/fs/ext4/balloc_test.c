/* SPDX-License-Identifier: MIT */
/*
 * A fatal signal comes to whoever happens to write back, commit or remove, while meta data that is not in memory is
 * being read: nothing is lost and nothing is left half done.
 */
#include "kernel.h"
#include "volume.h"

#include "abi/fcntl.h"
#include "block/bdev.h"
#include "fs/ext4/log.h"
#include "mm/pagecache.h"
#include "sched/sched.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/super.h"

#include <string.h>

#define SIZE	40000
#define PIECES	1200		/* extents */

static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };

static struct super_block *mount_volume(void)
{
	struct super_block *sb;
	struct file *root;

	CHECK_EQ(host_volume_mount("image", 0, NULL), 0);
	root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	sb = root->inode->sb;
	fput(root);
	return sb;
}

static void fill(struct file *file, char byte)
{
	char data[1000];

	memset(data, byte, sizeof(data));
	for (size_t at = 0; at < SIZE; at += sizeof(data))
		CHECK_EQ(file_kernel_write(file, data, sizeof(data), (loff_t)at), sizeof(data));
}

static int sync_file(struct file *file)
{
	return file->ops->fsync(file, 0, INT64_MAX, /*datasync=*/false);
}

/* Everything is in its place and nothing of the device in memory. */
static void forget_device(struct super_block *sb)
{
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	CHECK_EQ(ext4_journal_flush(ext4_fs(sb)->journal), 0);
	pagecache_drop_clean(&sb->bdev->mapping, 0, ULONG_MAX);
}

static void kill_me(bool killed)
{
	if (killed)
		thread_set_work(current_thread(), WORK_SIGNAL | WORK_KILL);
	else
		thread_clear_work(current_thread(), WORK_SIGNAL | WORK_KILL);
}

static void in_fsync(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);
	struct file *other = host_volume_open("other", O_RDWR | O_CREAT);

	forget_device(sb);
	fill(file, 'f');
	fill(other, 'o');
	pagecache_drop_clean(&sb->bdev->mapping, 0, ULONG_MAX);
	kill_me(true);
	ignore_result(sync_file(file));		/* it may fail, but must not forget */
	kill_me(false);
	CHECK_EQ(sync_file(file), 0);
	CHECK_EQ(sync_file(other), 0);
	host_volume_save_disk("after");
}

static void in_rename(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);
	struct file *other = host_volume_open("other", O_RDWR | O_CREAT);
	int err;

	fill(file, 'x');
	forget_device(sb);
	fill(other, 'o');
	pagecache_drop_clean(&sb->bdev->mapping, 0, ULONG_MAX);
	kill_me(true);
	err = vfs_rename(&host_volume.ctx, AT_FDCWD, "other", AT_FDCWD, "file", 0);
	kill_me(false);
	CHECK_EQ(err, 0);
	CHECK_EQ(ext4_journal_commit_all(ext4_fs(sb)), 0);
	host_volume_save_disk("after");
}

/* Its tree has many blocks, and what they name lies in many groups. */
static void in_unlink(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);
	int err;

	for (loff_t i = 0; i < PIECES; i++)
		CHECK_EQ(file_kernel_write(file, "x", 1, i * 2 * sb->block_size), 1);
	CHECK_EQ(sync_file(file), 0);
	fput(file);
	forget_device(sb);
	kill_me(true);
	err = vfs_unlink(&host_volume.ctx, AT_FDCWD, "file");
	kill_me(false);
	CHECK_EQ(err, 0);
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	host_volume_save_disk("after");
}

static void on(const char *mke2fs, void (*fn)(void))
{
	host_volume_make("24M", mke2fs);
	ktest_run(&options, fn);
	host_volume_command("{ e2fsck -y -E journal_only after >log 2>&1 || true; } && "
			    "{ e2fsck -fn after >log 2>&1 || { cat log >&2; false; }; }");
}

static void has(const char *name, char byte)
{
	host_volume_command("[ $(debugfs -R 'cat /%s' after 2>/dev/null | tr -dc %c | wc -c) = %u ]", name, byte, SIZE);
}

static void fsync_on(const char *mke2fs)
{
	on(mke2fs, in_fsync);
	has("file", 'f');
	has("other", 'o');
}

TEST(fsync_extents) { fsync_on("-t ext4"); }
TEST(fsync_small_blocks) { fsync_on("-t ext4 -b 1024 -g 2048"); }
TEST(fsync_block_map) { fsync_on("-t ext3"); }
TEST(rename_over)
{
	on("-t ext4", in_rename);
	has("file", 'o');
}
TEST(unlink_extents) { on("-t ext4 -b 1024 -g 2048", in_unlink); }
TEST(unlink_block_map) { on("-t ext3 -b 1024 -g 2048", in_unlink); }
