/* SPDX-License-Identifier: MIT */
/*
 * sync(2), fsync(2), open(2) and mount(2) beside a remount or an unmount that is writing: the disk takes simulated
 * time, so that they come while it is at that.
 */
#include "kernel.h"
#include "volume.h"

#include "abi/errno.h"
#include "abi/fcntl.h"
#include "block/bdev.h"
#include "fs/ext4/map.h"
#include "sched/kthread.h"
#include "time/sleep.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/namei.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#include <string.h>

#define SIZE	(4U << 20)
#define STEP	65536U

enum { S_IFBLK = 0060000 };

static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };
static struct host_disk second = { .name = "vdb" };

static void fill(struct file *file, char byte)
{
	static char data[STEP];

	memset(data, byte, STEP);
	for (size_t at = 0; at < SIZE; at += STEP)
		CHECK_EQ(file_kernel_write(file, data, STEP, (loff_t)at), STEP);
}

/* Where the file's last block is on the disk, in bytes. What is written there now goes there again. */
static uint64_t written_once(struct file *file)
{
	struct super_block *sb = file->inode->sb;
	struct ext4_run run;

	fill(file, 'a');
	CHECK_EQ(super_syncfs(sb), 0);
	CHECK_EQ(ext4_map(ext4_i(file->inode), SIZE / sb->block_size - 1, 1, &run), 0);
	CHECK(run.block);
	return run.block * sb->block_size;
}

static void start(const char *mke2fs, void (*fn)(void))
{
	host_volume_make("24M", mke2fs);
	ktest_run(&options, fn);
}

static void until_stopped(void)
{
	while (!kthread_should_stop())
		sleep_ns(100000);
}

/* --- A remount for reading --- */

static struct super_block *root_volume(void)
{
	struct super_block *sb;
	struct file *root;

	CHECK_EQ(host_volume_mount("image", 0, NULL), 0);
	root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	sb = root->inode->sb;
	fput(root);
	return sb;
}

static void make_readonly(void *arg)
{
	struct super_block *sb = arg;

	CHECK_EQ(super_reconfigure(sb, sb->flags | SB_RDONLY, NULL), 0);
	until_stopped();
}

/* A volume with a file that is dirty, and a thread that has begun to make it read-only. */
static struct thread *begin_readonly(struct super_block *sb, uint64_t *place)
{
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);
	struct thread *thread;

	*place = written_once(file);
	fill(file, 'b');
	fput(file);
	thread = kthread_create(make_readonly, sb, "remount");
	CHECK(thread);
	while (!READ_ONCE(sb->to_readonly))
		sleep_ns(1000);
	CHECK_EQ(host_volume.disk.data[*place], 'a');		/* not too late */
	return thread;
}

static void sync_beside_remount(void)
{
	struct super_block *sb = root_volume();
	uint64_t place;
	struct thread *thread = begin_readonly(sb, &place);

	super_sync_all();
	CHECK_EQ(host_volume.disk.data[place], 'b');
	kthread_stop(thread);
	thread_put(thread);
}

static void syncfs_beside_remount(void)
{
	struct super_block *sb = root_volume();
	struct file *root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	uint64_t place;
	struct thread *thread = begin_readonly(sb, &place);

	CHECK_EQ(file_syncfs(root), 0);
	CHECK_EQ(host_volume.disk.data[place], 'b');
	CHECK(sb->flags & SB_RDONLY);
	fput(root);
	kthread_stop(thread);
	thread_put(thread);
}

/* What it wrote from now on would be lost. */
static void open_beside_remount(void)
{
	struct super_block *sb = root_volume();
	uint64_t place;
	struct thread *thread = begin_readonly(sb, &place);
	struct file *file;

	CHECK_EQ(vfs_open(&host_volume.ctx, AT_FDCWD, "file", O_RDWR, 0, 0, &file), -EROFS);
	kthread_stop(thread);
	thread_put(thread);
	CHECK(sb->flags & SB_RDONLY);
	CHECK_EQ(super_reconfigure(sb, sb->flags & ~(uint32_t)SB_RDONLY, NULL), 0);
	fput(host_volume_open("file", O_RDWR));
}

static void only_the_volume(void *arg)
{
	struct super_block *sb = arg;

	CHECK_EQ(sb->ops->remount(sb, SB_RDONLY, NULL), 0);
	until_stopped();
}

/* A name was made after the remount's sync, and before the volume refused more. */
static void fsync_beside_remount(void)
{
	struct super_block *sb = root_volume();
	struct file *root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	struct thread *thread;

	fput(host_volume_open("name", O_RDWR | O_CREAT));
	thread = kthread_create(only_the_volume, sb, "remount");
	CHECK(thread);
	while (!(READ_ONCE(sb->flags) & SB_RDONLY))
		sleep_ns(1000);
	CHECK_EQ(root->ops->fsync(root, 0, INT64_MAX, /*datasync=*/false), 0);
	host_volume_save_disk("after");
	fput(root);
	kthread_stop(thread);
	thread_put(thread);
}

TEST(sync_beside_a_remount) { start("-t ext4", sync_beside_remount); }
TEST(sync_beside_a_remount_without_journal) { start("-t ext2", sync_beside_remount); }
TEST(syncfs_beside_a_remount) { start("-t ext4", syncfs_beside_remount); }
TEST(open_beside_a_remount) { start("-t ext4", open_beside_remount); }
TEST(fsync_beside_a_remount)
{
	start("-t ext4", fsync_beside_remount);
	host_volume_fsck("after");
	host_volume_command("debugfs -R 'stat /name' after 2>/dev/null | grep -q Inode:");
}

/* --- An unmount --- */

static void mount_second(void)
{
	CHECK_EQ(vfs_mount(&host_volume.ctx, "/device", "/mnt", "ext4", 0, NULL), 0);
}

static void detach_second(void *arg)
{
	(void)arg;
	CHECK_EQ(vfs_umount(&host_volume.ctx, "/mnt", 0), 0);
	until_stopped();
}

/* A second volume with a file that is dirty, and a thread that has begun to unmount it. */
static struct thread *begin_unmount(uint64_t *place)
{
	static char path[128];
	struct super_block *root = root_volume(), *sb;
	struct thread *thread;
	struct bdev *bdev;
	struct file *file;

	snprintf(path, sizeof(path), "%s/second", host_volume.folder);
	second.path = path;
	host_disk_register(&second);
	bdev = bdev_get("vdb");
	CHECK(bdev);
	CHECK_EQ(vfs_mknod(&host_volume.ctx, AT_FDCWD, "/device", S_IFBLK | 0600, bdev->dev), 0);
	bdev_put(bdev);
	CHECK_EQ(vfs_mkdir(&host_volume.ctx, AT_FDCWD, "/mnt", 0755), 0);
	mount_second();
	file = host_volume_open("/mnt/file", O_RDWR | O_CREAT);
	*place = written_once(file);
	fill(file, 'b');
	sb = file->inode->sb;
	fput(file);
	CHECK_EQ(super_syncfs(root), 0);		/* so that it takes sync(2) no time */
	thread = kthread_create(detach_second, NULL, "umount");
	CHECK(thread);
	while (down_read_trylock(&sb->umount)) {
		up_read(&sb->umount);
		sleep_ns(1000);
	}
	CHECK_EQ(second.data[*place], 'a');			/* not too late */
	return thread;
}

static void sync_beside_umount(void)
{
	uint64_t place;
	struct thread *thread = begin_unmount(&place);

	super_sync_all();
	CHECK_EQ(second.data[place], 'b');
	kthread_stop(thread);
	thread_put(thread);
}

static void mount_beside_umount(void)
{
	uint64_t place;
	struct thread *thread = begin_unmount(&place);
	struct file *file;
	char byte;

	mount_second();
	CHECK_EQ(second.data[place], 'b');
	file = host_volume_open("/mnt/file", O_RDONLY);
	CHECK_EQ(file_kernel_read(file, &byte, 1, SIZE - 1), 1);
	CHECK_EQ(byte, 'b');
	fput(file);
	kthread_stop(thread);
	thread_put(thread);
	CHECK_EQ(vfs_umount(&host_volume.ctx, "/mnt", 0), 0);
	host_volume_save("after", second.data, second.size);
}

static void unmounting(void (*fn)(void))
{
	host_volume_make("24M", "-t ext4");
	host_volume_command("cp image second");
	ktest_run(&options, fn);
}

TEST(sync_beside_an_unmount) { unmounting(sync_beside_umount); }
TEST(mount_beside_an_unmount)
{
	unmounting(mount_beside_umount);
	host_volume_command("e2fsck -fn after > log 2>&1 || { cat log >&2; false; }");
}

/* --- Memory --- */

/* Unused inodes are freed when it is asked for, and nothing that was done to them is forgotten by fsync(2). */
static void drop_unused_inodes(void)
{
	struct iattr mode = { .valid = ATTR_MODE, .mode = 0123 };
	struct super_block *sb = root_volume();
	struct file *file;
	char name[16];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "/f%u", i);
		file = host_volume_open(name, O_RDWR | O_CREAT);
		CHECK_EQ(file_kernel_write(file, name, 4, 0), 4);
		fput(file);
	}
	CHECK(sb->nr_inodes > 200);
	d_drop_unused();
	CHECK(inode_drop_unused(ULONG_MAX) < 100);		/* they are dirty */
	CHECK_EQ(super_syncfs(sb), 0);
	file = host_volume_open("/f7", O_RDWR);
	CHECK_EQ(vfs_setattr(&host_volume.ctx, &file->path, &mode), 0);
	fput(file);
	d_drop_unused();
	reclaim_clean();
	CHECK(inode_drop_unused(ULONG_MAX) >= 200);
	CHECK(sb->nr_inodes < 10);
	file = host_volume_open("/f7", O_RDWR);
	CHECK_EQ(file->inode->mode & 07777, 0123);
	CHECK_EQ(file->ops->fsync(file, 0, INT64_MAX, false), 0);
	host_volume_save_disk("after");
	fput(file);
}

TEST(unused_inodes_leave_memory)
{
	start("-t ext4", drop_unused_inodes);
	host_volume_fsck("after");
	host_volume_command("debugfs -R 'stat f7' after 2>&1 | grep -q 'Mode:  0123'");
}
