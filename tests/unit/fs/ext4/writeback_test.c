/* SPDX-License-Identifier: MIT */
/*
 * sync(2) beside others who write: when it returns, everything is on the disk, also what somebody else had begun to
 * write. The disk takes simulated time, so what was not waited for is not there yet. And files whose last pages go
 * before they were written.
 */
#include "kernel.h"
#include "volume.h"

#include "abi/fcntl.h"
#include "block/bdev.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/log.h"
#include "mm/pagecache.h"
#include "mm/writeback.h"
#include "sched/kthread.h"
#include "time/sleep.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/super.h"
#include "vfs/super_internal.h"

#include <string.h>

#define FILES	40		/* more than a round writes at once */
#define SIZE	12000

enum { S_IFBLK = 0060000 };

static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };
static const char *mount_options;
static unsigned long mount_flags;
static unsigned changes;

static struct super_block *mount_volume(void)
{
	struct super_block *sb;
	struct file *root;

	CHECK_EQ(host_volume_mount("image", mount_flags, mount_options), 0);
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

/* Are these the file's bytes on the disk, at the place it has for them? */
static void check_on_disk(struct file *file, char byte)
{
	struct ext4_run run;
	uint32_t block_size = file->inode->sb->block_size;

	for (uint32_t i = 0; i < SIZE / block_size; i++) {
		CHECK_EQ(ext4_map(ext4_i(file->inode), i, 1, &run), 0);
		CHECK(run.block);
		CHECK_EQ(host_volume.disk.data[run.block * block_size], byte);
		CHECK_EQ(host_volume.disk.data[(run.block + 1) * block_size - 1], byte);
	}
}

/* Overwritten in place, as no transaction waits for that; the clock's round has begun to write it. */
static void begun_by_the_clock(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);

	for (char byte = 'a'; byte < 'g'; byte++) {
		fill(file, byte);
		if (byte != 'a')
			CHECK_EQ(inodes_write(sb, UINT64_MAX, /*wait=*/false), 0);
		CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
		check_on_disk(file, byte);
	}
	fput(file);
}

static void clock_rounds(void *arg)
{
	struct super_block *sb = arg;

	while (!kthread_should_stop())
		CHECK_EQ(inodes_write(sb, UINT64_MAX, /*wait=*/false), 0);
}

static void beside_the_clock(void)
{
	struct super_block *sb = mount_volume();
	struct thread *thread = kthread_create(clock_rounds, sb, "rounds");
	struct file *files[FILES];
	char name[16];

	CHECK(thread);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "file-%u", i);
		files[i] = host_volume_open(name, O_RDWR | O_CREAT);
	}
	for (char byte = 'a'; byte < 'k'; byte++) {
		for (unsigned i = 0; i < FILES; i++)
			fill(files[i], byte);
		CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
		for (unsigned i = 0; i < FILES; i++)
			check_on_disk(files[i], byte);
	}
	kthread_stop(thread);
	thread_put(thread);
	for (unsigned i = 0; i < FILES; i++)
		fput(files[i]);
}

/* Somebody is between what fsync and sync look at and the change of its block. */
static void change_slowly(void *arg)
{
	struct file *file = arg;
	struct ext4_handle *h;

	CHECK_EQ(ext4_journal_start(ext4_fs(file->inode->sb), 8, &h), 0);
	sleep_ns(3000000);
	CHECK_EQ(ext4_inode_dirty(h, file->inode), 0);
	sleep_ns(3000000);
	changes++;
	CHECK_EQ(ext4_journal_stop(h), 0);
	while (!kthread_should_stop())
		sleep_ns(1000000);
}

static void beside_handle(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);
	struct thread *thread;

	for (unsigned i = 1; i < 7; i++) {
		fill(file, 'x');
		CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
		thread = kthread_create(change_slowly, file, "slow");
		CHECK(thread);
		sleep_ns(1000000);
		if (i % 2 || ext4_has_journal(ext4_fs(sb)))
			CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
		else
			CHECK_EQ(file->ops->fsync(file, 0, INT64_MAX, /*datasync=*/true), 0);
		CHECK_EQ(changes, i);
		kthread_stop(thread);
		thread_put(thread);
	}
	fput(file);
}

static void write_again(void *arg)
{
	struct file *file = arg;

	while (!kthread_should_stop()) {
		CHECK_EQ(pagecache_sync(&file->inode->mapping, 0, INT64_MAX, /*wait=*/false), 0);
		sleep_ns(100000);
	}
}

/* A hole inside a page: what is on its way to its blocks does not arrive when they are another file's. */
static void hole_beside_writeback(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT), *other;
	struct thread *thread = kthread_create(write_again, file, "again");
	struct ext4_run run;
	char name[16];

	CHECK(thread);
	for (unsigned i = 0; i < 20; i++) {
		fill(file, 'x');
		CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
		CHECK_EQ(file_kernel_write(file, "y", 1, 0), 1);
		CHECK_EQ(file->ops->fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1024, 2048), 0);
		snprintf(name, sizeof(name), "other-%u", i);
		other = host_volume_open(name, O_RDWR | O_CREAT);
		CHECK_EQ(file_kernel_write(other, "other", 5, 0), 5);
		CHECK_EQ(other->ops->fsync(other, 0, INT64_MAX, /*datasync=*/false), 0);
		sleep_ns(5000000);
		CHECK_EQ(ext4_map(ext4_i(other->inode), 0, 1, &run), 0);
		CHECK_EQ(memcmp(host_volume.disk.data + run.block * 1024, "other", 5), 0);
		fput(other);
	}
	kthread_stop(thread);
	thread_put(thread);
	fput(file);
}

static void commit_all(void *arg)
{
	struct super_block *sb = arg;

	while (!kthread_should_stop()) {
		CHECK_EQ(ext4_journal_commit_all(ext4_fs(sb)), 0);
		sleep_ns(1000);
	}
}

/* Files are cut while their last page is on its way: it is zeroed behind a commit that has the new size already. */
static void cut_beside_commits(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);
	struct thread *thread = kthread_create(commit_all, sb, "commits");
	struct ext4_run run;

	CHECK(thread);
	for (unsigned i = 0; i < 50; i++) {
		fill(file, 'x');
		CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
		CHECK_EQ(ext4_map(ext4_i(file->inode), 0, 1, &run), 0);
		CHECK_EQ(file_kernel_write(file, "y", 1, 0), 1);
		CHECK_EQ(pagecache_sync(&file->inode->mapping, 0, INT64_MAX, /*wait=*/false), 0);
		CHECK_EQ(vfs_truncate(&host_volume.ctx, &file->path, 100), 0);
		CHECK_EQ(ext4_journal_commit_all(ext4_fs(sb)), 0);
		CHECK_EQ(host_volume.disk.data[run.block * sb->block_size + 99], 'x');
		CHECK_EQ(host_volume.disk.data[run.block * sb->block_size + 100], 0);
	}
	kthread_stop(thread);
	thread_put(thread);
	fput(file);
}

/* The pages that would have moved the size on disk are dropped. */
static void size_behind_hole(void)
{
	struct super_block *sb = mount_volume();
	const int modes[] = { FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE };
	struct file *files[2];
	char name[16];

	for (unsigned i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "hole-%u", i);
		files[i] = host_volume_open(name, O_RDWR | O_CREAT);
		fill(files[i], 'x');
		CHECK_EQ(files[i]->ops->fallocate(files[i], modes[i], i ? 5000 : 0, 60000), 0);
		CHECK_EQ(files[i]->ops->fsync(files[i], 0, INT64_MAX, /*datasync=*/true), 0);
	}
	CHECK_EQ(sb->flags & SB_RDONLY, 0);
	host_volume_save_disk("after");
}

static void on(const char *mke2fs, const char *text, void (*fn)(void))
{
	host_volume_make("24M", mke2fs);
	mount_options = text;
	ktest_run(&options, fn);
}

static void holes(const char *mke2fs)
{
	on(mke2fs, NULL, size_behind_hole);
	host_volume_fsck("after");
	host_volume_command("debugfs -R 'stat /hole-0' after 2>/dev/null | grep -q 'Size: %u' && "
			    "[ $(debugfs -R 'cat /hole-1' after 2>/dev/null | tr -d '\\0' | wc -c) = 5000 ]", SIZE);
}

/* Nobody calls fsync. */
static void write_through(void)
{
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);

	if (!sb->flags)
		file->inode->flags |= FS_SYNC_FL;	/* chattr +S */
	for (char byte = 'a'; byte < 'c'; byte++) {
		fill(file, byte);
		check_on_disk(file, byte);
	}
	host_volume_save_disk("after");
	fput(file);
}

static void written_through(unsigned long flags)
{
	mount_flags = flags;
	on("-t ext4", NULL, write_through);
	mount_flags = 0;
	host_volume_fsck("after");
	host_volume_command("[ $(debugfs -R 'cat /file' after 2>/dev/null | tr -dc b | wc -c) = %u ]", SIZE);
}

static void make_name(void)
{
	ignore_result(mount_volume());
	fput(host_volume_open("name", O_RDWR | O_CREAT));
	host_volume_save_disk("after");
}

/* Names are on the disk with dirsync, and without it not yet. */
static void named(unsigned long flags)
{
	mount_flags = flags;
	on("-t ext4", NULL, make_name);
	mount_flags = 0;
	host_volume_fsck("after");
	host_volume_command("%s debugfs -R 'stat /name' after 2>/dev/null | grep -q Inode:", flags ? "" : "!");
}

/* A program writes to the device, and somebody calls sync(2). */
static void sync_device(void)
{
	struct super_block *sb = mount_volume();
	struct vfs_ctx *ctx = &host_volume.ctx;
	loff_t end = (loff_t)host_volume.disk.size - 4096;
	struct file *file;

	CHECK_EQ(vfs_mknod(ctx, AT_FDCWD, "/device", S_IFBLK | 0600, sb->bdev->dev), 0);
	file = host_volume_open("/device", O_RDWR);
	CHECK_EQ(file_kernel_write(file, "bytes", 5, end), 5);
	super_sync_all();
	CHECK(!memcmp(host_volume.disk.data + end, "bytes", 5));
	fput(file);
}

static struct address_space *dirtied;
static unsigned told;

/* Another CPU dirties the first page again, and a second one, while the first one's thread tells. */
static void tell(struct inode *host)
{
	struct page *page = pagecache_find(dirtied, 0), *other = pagecache_find(dirtied, 1);

	CHECK(host == dirtied->host);
	if (++told == 1) {
		CHECK(!page_mark_dirty(page));
		CHECK_EQ(told, 2);
		CHECK(page_mark_dirty(other));
		CHECK_EQ(told, 3);
	}
	put_page(page);
	put_page(other);
}

static bool write_nothing(uint64_t before_ns)
{
	ignore_result(before_ns);
	return false;
}

/* Who has dirtied a page has its inode listed, or sync(2) would not find it. */
static void tell_of_dirty_pages(void)
{
	static struct writeback_client client = { .write_old = write_nothing, .dirtied = tell };
	struct super_block *sb = mount_volume();
	struct file *file = host_volume_open("file", O_RDWR | O_CREAT);
	struct page *page;

	fill(file, 'a');
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	dirtied = &file->inode->mapping;
	writeback_register(&client);
	page = pagecache_find(dirtied, 0);
	CHECK(page_mark_dirty(page));
	CHECK_EQ(told, 3);
	CHECK(!page_mark_dirty(page));
	CHECK_EQ(told, 3);			/* it is listed: nobody tells any more */
	CHECK_EQ(dirtied->entering, 0);
	put_page(page);
	list_del(&client.link);
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	fput(file);
}

TEST(listed) { on("-t ext4", NULL, tell_of_dirty_pages); }
TEST(begun) { on("-t ext4", NULL, begun_by_the_clock); }
TEST(begun_writeback) { on("-t ext4 -b 1024", "data=writeback", begun_by_the_clock); }
TEST(begun_without_journal) { on("-t ext2", NULL, begun_by_the_clock); }
TEST(beside) { on("-t ext4", NULL, beside_the_clock); }
TEST(beside_writeback) { on("-t ext4", "data=writeback", beside_the_clock); }
TEST(beside_without_journal) { on("-t ext2", NULL, beside_the_clock); }
TEST(hole_to_the_end) { holes("-t ext4"); }
TEST(hole_to_the_end_of_small_blocks) { holes("-t ext4 -b 1024"); }
TEST(handle) { on("-t ext4", NULL, beside_handle); }
TEST(handle_writeback) { on("-t ext4", "data=writeback", beside_handle); }
TEST(handle_without_journal) { on("-t ext2", NULL, beside_handle); }
TEST(hole_beside) { on("-t ext4 -b 1024", NULL, hole_beside_writeback); }
TEST(hole_beside_without_journal) { on("-t ext2 -b 1024", NULL, hole_beside_writeback); }
TEST(cut) { on("-t ext4", NULL, cut_beside_commits); }
TEST(cut_small_blocks) { on("-t ext4 -b 1024", NULL, cut_beside_commits); }
TEST(sync_mount) { written_through(SB_SYNCHRONOUS); }
TEST(sync_file) { written_through(0); }
TEST(dirsync) { named(SB_DIRSYNC); }
TEST(no_dirsync) { named(0); }
TEST(device) { on("-t ext4", NULL, sync_device); }
