/* SPDX-License-Identifier: MIT */
/*
 * data=ordered: a file whose blocks are new in a transaction has its data on the disk when that has committed, also
 * when the file is removed, cut or punched meanwhile, in the next one. The commit is held up in the data of another;
 * then the power goes: what deleted files left in the blocks must not be seen.
 *
 * And what such a crash leaves behind the end of a file, in its last block, is not seen when the file grows.
 */
#include "kernel.h"
#include "volume.h"

#include "abi/fcntl.h"
#include "fs/ext4/alloc.h"
#include "fs/ext4/log.h"
#include "mm/pagecache.h"
#include "sched/kthread.h"
#include "time/sleep.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/super.h"

#include <stdlib.h>
#include <string.h>

#define SIZE	40960
#define PUNCH	(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)
#define STEP_NS	100000

static const struct host_options options = { .nr_cpus = 2, .ram_size = 128 << 20 };

static struct {
	const char *mount_options;
	void (*change)(struct file *b);		/* what happens to /b in the next transaction */
	struct ext4_journal_ops ops;
	struct ext4_inode *held;	/* its data holds the commit up */
	bool reached, go, done;
} test;

static struct super_block *mount_image(const char *image)
{
	struct super_block *sb;
	struct file *root;

	CHECK_EQ(host_volume_mount(image, 0, test.mount_options), 0);
	root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	sb = root->inode->sb;
	fput(root);
	return sb;
}

static void fill(struct file *file, char byte, loff_t from, size_t size)
{
	static char data[SIZE];

	memset(data, byte, size);
	CHECK_EQ(file_kernel_write(file, data, size, from), size);
}

/* All free blocks hold this byte, as a deleted file's. */
static void fill_free_blocks(struct super_block *sb, char byte)
{
	struct file *file = host_volume_open("old", O_RDWR | O_CREAT);
	static char data[65536];
	loff_t size = 0;
	ssize_t n;

	memset(data, byte, sizeof(data));
	while ((n = file_kernel_write(file, data, sizeof(data), size)) > 0)
		size += n;
	CHECK_EQ(n, -ENOSPC);
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	fput(file);
	CHECK_EQ(vfs_unlink(&host_volume.ctx, AT_FDCWD, "old"), 0);
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
}

/* --- The commit, held up -------------------------------------------------------------------------- */

static int write_ordered(struct ext4_inode *inode)
{
	if (inode == test.held) {
		WRITE_ONCE(test.reached, true);
		while (!READ_ONCE(test.go))
			sleep_ns(STEP_NS);
	}
	return ext4_write_ordered(inode);
}

static void commit(void *arg)
{
	struct super_block *sb = arg;

	CHECK_EQ(ext4_journal_commit_all(ext4_fs(sb)), 0);
	WRITE_ONCE(test.done, true);
	while (!kthread_should_stop())
		sleep_ns(STEP_NS);
}

static void hold_commit(struct ext4_fs *fs, struct ext4_inode *inode)
{
	test.ops = *fs->journal_ops;
	test.ops.write_ordered = write_ordered;
	test.held = inode;
	fs->journal_ops = &test.ops;
}

static void crash_beside_change(void)
{
	struct super_block *sb = mount_image("image");
	struct file *a, *b;
	struct thread *thread;

	fill_free_blocks(sb, 'S');
	a = host_volume_open("a", O_RDWR | O_CREAT);
	hold_commit(ext4_fs(sb), ext4_i(a->inode));
	fill(a, 'a', 0, SIZE);
	b = host_volume_open("b", O_RDWR | O_CREAT);
	fill(b, 'b', 0, SIZE);
	thread = kthread_create(commit, sb, "commit");
	CHECK(thread);
	while (!READ_ONCE(test.reached))
		sleep_ns(STEP_NS);
	test.change(b);
	CHECK(!test.done);
	WRITE_ONCE(test.go, true);
	while (!READ_ONCE(test.done))
		sleep_ns(STEP_NS);
	host_volume_save_disk("after");		/* the power goes */
	kthread_stop(thread);
	thread_put(thread);
	fput(a);
}

static void beside(const char *mke2fs, void (*change)(struct file *b))
{
	host_volume_make("24M", mke2fs);
	test.mount_options = "nodelalloc";
	test.change = change;
	ktest_run(&options, crash_beside_change);
	host_volume_fsck("after");
	host_volume_command("[ $(debugfs -R 'cat /b' after 2>/dev/null | tr -dc S | wc -c) = 0 ]");
	/* Zeroes behind where it is being cut may be on the disk before the new size, as on Linux. */
	host_volume_command("[ $(debugfs -R 'cat /b' after 2>/dev/null | tr -dc b | wc -c) -gt %u ]", SIZE - 1024);
}

static void unlinked(struct file *b)
{
	CHECK_EQ(vfs_unlink(&host_volume.ctx, AT_FDCWD, "b"), 0);
	fput(b);
}

static void replaced(struct file *b)
{
	fput(host_volume_open("c", O_RDWR | O_CREAT));
	fput(b);
	CHECK_EQ(vfs_rename(&host_volume.ctx, AT_FDCWD, "c", AT_FDCWD, "b", 0), 0);
}

static void cut(struct file *b)
{
	CHECK_EQ(vfs_truncate(&host_volume.ctx, &b->path, 0), 0);
	fput(b);
}

/* Some blocks of a page stay, where they are small. */
static void cut_in_page(struct file *b)
{
	CHECK_EQ(vfs_truncate(&host_volume.ctx, &b->path, 4096 + 1100), 0);
	fput(b);
}

static void punched(struct file *b)
{
	CHECK_EQ(b->ops->fallocate(b, PUNCH, 0, SIZE), 0);
	fput(b);
}

/* Whole blocks in pages that stay. */
static void punched_in_page(struct file *b)
{
	CHECK_EQ(b->ops->fallocate(b, PUNCH, 1024, 8192), 0);
	fput(b);
}

static void zeroed(struct file *b)
{
	CHECK_EQ(b->ops->fallocate(b, FALLOC_FL_ZERO_RANGE, 0, SIZE), 0);
	fput(b);
}

static void collapsed(struct file *b)
{
	CHECK_EQ(b->ops->fallocate(b, FALLOC_FL_COLLAPSE_RANGE, 0, 8192), 0);
	fput(b);
}

/* --- Nothing is written that need not be ---------------------------------------------------------- */

static void short_life(void)
{
	struct super_block *sb = mount_image("image");
	uint64_t writes;

	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	writes = host_volume.disk.writes;
	for (unsigned i = 0; i < 50; i++) {
		struct file *file = host_volume_open("file", O_RDWR | O_CREAT);

		fill(file, 'x', 0, SIZE);
		if (i % 2)
			CHECK_EQ(vfs_truncate(&host_volume.ctx, &file->path, 0), 0);
		CHECK_EQ(vfs_unlink(&host_volume.ctx, AT_FDCWD, "file"), 0);
		fput(file);
	}
	CHECK_EQ(host_volume.disk.writes, writes);
}

static void writes_nothing(const char *mount_options)
{
	host_volume_make("24M", "-t ext4");
	test.mount_options = mount_options;
	ktest_run(&options, short_life);
}

/* --- What a crash left behind the end ------------------------------------------------------------- */

#define OLD_END	100
#define NEW_END	5000		/* in another page */

/* The data of an append is on the disk, the size is not. */
static void append_in_part(void)
{
	struct super_block *sb = mount_image("image");
	struct file *file = host_volume_open("b", O_RDWR | O_CREAT);

	fill(file, 'a', 0, OLD_END);
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	fill(file, 'b', OLD_END, 100);
	CHECK_EQ(pagecache_sync(&file->inode->mapping, 0, INT64_MAX, /*wait=*/true), 0);
	host_volume_save_disk("crashed");
	fput(file);
}

static void check_grown(const char *data)
{
	for (unsigned i = 0; i < NEW_END; i++)
		CHECK_EQ(data[i], i < OLD_END ? 'a' : i < NEW_END - 1 ? 0 : data[i]);
}

static void grow(void)
{
	struct super_block *sb = mount_image("crashed");
	struct file *file = host_volume_open("b", O_RDWR);
	static char data[NEW_END + 1];

	CHECK_EQ(file->inode->size, OLD_END);
	test.change(file);
	CHECK_EQ(ext4_journal_commit_all(ext4_fs(sb)), 0);
	CHECK_EQ(file_kernel_read(file, data, sizeof(data), 0), NEW_END);
	check_grown(data);
	host_volume_save_disk("after");
	fput(file);
}

static void grown(const char *mke2fs, void (*change)(struct file *b))
{
	size_t size;
	char *data;

	host_volume_make("24M", mke2fs);
	test.mount_options = NULL;
	test.change = change;
	ktest_run(&options, append_in_part);
	ktest_run(&options, grow);
	host_volume_fsck("after");
	host_volume_command("debugfs -R 'dump /b b' after 2>/dev/null");
	data = host_volume_load("b", &size);
	CHECK_EQ(size, NEW_END);
	check_grown(data);
	free(data);
}

static void by_truncate(struct file *b)
{
	CHECK_EQ(vfs_truncate(&host_volume.ctx, &b->path, NEW_END), 0);
}

static void by_write(struct file *b)
{
	fill(b, 'c', NEW_END - 1, 1);
	CHECK_EQ(pagecache_sync(&b->inode->mapping, 0, INT64_MAX, /*wait=*/true), 0);
}

static void by_fallocate(struct file *b)
{
	CHECK_EQ(b->ops->fallocate(b, 0, 0, NEW_END), 0);
}

static void by_zero_range(struct file *b)
{
	CHECK_EQ(b->ops->fallocate(b, FALLOC_FL_ZERO_RANGE, 4500, NEW_END - 4500), 0);
}

TEST(unlink) { beside("-t ext4", unlinked); }
TEST(replace) { beside("-t ext4", replaced); }
TEST(truncate) { beside("-t ext4", cut); }
TEST(truncate_in_page) { beside("-t ext4 -b 1024", cut_in_page); }
TEST(truncate_block_map) { beside("-t ext3", cut); }
TEST(punch) { beside("-t ext4", punched); }
TEST(punch_in_page) { beside("-t ext4 -b 1024", punched_in_page); }
TEST(punch_block_map) { beside("-t ext3", punched); }
TEST(zero) { beside("-t ext4", zeroed); }
TEST(collapse) { beside("-t ext4", collapsed); }
TEST(short_lived) { writes_nothing(NULL); }
TEST(short_lived_nodelalloc) { writes_nothing("nodelalloc"); }
TEST(grow_truncate) { grown("-t ext4", by_truncate); }
TEST(grow_truncate_small_blocks) { grown("-t ext4 -b 1024", by_truncate); }
TEST(grow_write) { grown("-t ext4", by_write); }
TEST(grow_fallocate) { grown("-t ext4", by_fallocate); }
TEST(grow_zero_range) { grown("-t ext4", by_zero_range); }
