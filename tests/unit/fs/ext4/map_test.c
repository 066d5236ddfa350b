/* SPDX-License-Identifier: MIT */
/*
 * Memory runs out in the midst of a change: at its n-th request, for each n that there is. The change fails or
 * succeeds, and can be done again; e2fsck finds nothing, and contents are what they were or what was written.
 */
#include "kernel.h"
#include "nomem.h"
#include "volume.h"

#include "abi/fcntl.h"
#include "fs/ext4/log.h"
#include "mm/pagecache.h"
#include "sched/sched.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/super.h"

#include <string.h>

#define ROUNDS	150
#define PIECES	24		/* extents */
#define INLINED	90		/* bytes */

static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };
static struct super_block *sb;
static const char *mount_options;

/* One thing done while memory fails, to the file of this name; 0 or -errno. */
struct change {
	void (*prepare)(const char *name);
	int (*change)(const char *name);
	void (*check)(const char *name, int err);
};
static const struct change *change;

static void mount_volume(void)
{
	struct file *root;

	CHECK_EQ(host_volume_mount("image", 0, mount_options), 0);
	root = host_volume_open("/", O_RDONLY | O_DIRECTORY);
	sb = root->inode->sb;
	fput(root);
}

static int sync_file(struct file *file)
{
	return file->ops->fsync(file, 0, INT64_MAX, /*datasync=*/false);
}

/* Every second block, with the block's number in it. */
static void write_pieces(struct file *file)
{
	for (unsigned i = 0; i < PIECES; i++)
		CHECK_EQ(file_kernel_write(file, &i, sizeof(i), i * 2 * sb->block_size), sizeof(i));
}

static void check_pieces(struct file *file, unsigned pieces)
{
	unsigned value;

	for (unsigned i = 0; i < pieces; i++) {
		CHECK_EQ(file_kernel_read(file, &value, sizeof(value), i * 2 * sb->block_size), sizeof(value));
		CHECK_EQ(value, i);
	}
}

static void make_pieces(const char *name)
{
	struct file *file = host_volume_open(name, O_RDWR | O_CREAT);

	write_pieces(file);
	CHECK_EQ(sync_file(file), 0);
	fput(file);
}

/* The disk has it: nothing of the file is in memory. */
static void check_on_disk(const char *name, unsigned pieces)
{
	struct file *file = host_volume_open(name, O_RDWR);

	ignore_result(sync_file(file));		/* tells of what failed before */
	CHECK_EQ(sync_file(file), 0);
	pagecache_drop_clean(&file->inode->mapping, 0, ULONG_MAX);
	CHECK_EQ(file->inode->mapping.nr_pages, 0);
	check_pieces(file, pieces);
	fput(file);
}

static void waiting_pieces(const char *name)
{
	struct file *file = host_volume_open(name, O_RDWR | O_CREAT);

	write_pieces(file);
	fput(file);
}

static int write_back(const char *name)
{
	struct file *file;
	int err = vfs_open(&host_volume.ctx, AT_FDCWD, name, O_RDWR, 0, 0, &file);

	if (err)
		return err;
	err = sync_file(file);
	fput(file);
	return err;
}

static void check_written(const char *name, int err)
{
	ignore_result(err);
	check_on_disk(name, PIECES);
}

static int cut(const char *name)
{
	struct file *file;
	int err = vfs_open(&host_volume.ctx, AT_FDCWD, name, O_RDWR, 0, 0, &file);

	if (err)
		return err;
	err = vfs_truncate(&host_volume.ctx, &file->path, PIECES / 2 * 2 * sb->block_size);
	fput(file);
	return err;
}

static void check_cut(const char *name, int err)
{
	if (err)
		CHECK_EQ(cut(name), 0);
	check_on_disk(name, PIECES / 2);
}

static int punch(const char *name)
{
	struct file *file;
	int err = vfs_open(&host_volume.ctx, AT_FDCWD, name, O_RDWR, 0, 0, &file);

	if (err)
		return err;
	err = (int)file->ops->fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					PIECES / 2 * 2 * sb->block_size, PIECES * 2 * sb->block_size);
	fput(file);
	return err;
}

static void check_punched(const char *name, int err)
{
	if (err)
		CHECK_EQ(punch(name), 0);
	check_on_disk(name, PIECES / 2);
}

static int preallocate(const char *name)
{
	struct file *file;
	int err = vfs_open(&host_volume.ctx, AT_FDCWD, name, O_RDWR, 0, 0, &file);

	if (err)
		return err;
	err = (int)file->ops->fallocate(file, 0, 0, PIECES * 4 * sb->block_size);
	fput(file);
	return err;
}

static void check_preallocated(const char *name, int err)
{
	if (err && err != -EOPNOTSUPP)
		CHECK_EQ(preallocate(name), 0);
	check_on_disk(name, PIECES);
}

static int rename_over(const char *name)
{
	return vfs_rename(&host_volume.ctx, AT_FDCWD, name, AT_FDCWD, "target", 0);
}

static void make_both(const char *name)
{
	fput(host_volume_open("target", O_RDWR | O_CREAT));
	waiting_pieces(name);
}

static void check_renamed(const char *name, int err)
{
	check_on_disk(err ? name : "target", PIECES);
}

static int unlink_it(const char *name)
{
	return vfs_unlink(&host_volume.ctx, AT_FDCWD, name);
}

static void check_unlinked(const char *name, int err)
{
	if (err)
		check_on_disk(name, PIECES);
}

static void nothing(const char *name)
{
	ignore_result(name);
}

static int make_folder(const char *name)
{
	return vfs_mkdir(&host_volume.ctx, AT_FDCWD, name, 0755);
}

static void check_folder(const char *name, int err)
{
	CHECK_EQ(vfs_rmdir(&host_volume.ctx, AT_FDCWD, name), err ? -ENOENT : 0);
}

static int write_inlined(const char *name)
{
	struct file *file;
	int err = vfs_open(&host_volume.ctx, AT_FDCWD, name, O_WRONLY, 0, 0, &file);
	ssize_t n;

	if (err)
		return err;
	n = file_kernel_write(file, "i", 1, 0);
	err = n < 0 ? (int)n : sync_file(file);
	fput(file);
	return err;
}

static void check_inlined(const char *name, int err)
{
	struct file *file = host_volume_open(name, O_RDONLY);
	char data[INLINED + 1];

	ignore_result(err);
	ignore_result(sync_file(file));
	CHECK_EQ(sync_file(file), 0);
	pagecache_drop_clean(&file->inode->mapping, 0, ULONG_MAX);
	CHECK_EQ(file_kernel_read(file, data, sizeof(data), 0), INLINED);
	for (unsigned i = 0; i < INLINED; i++)
		CHECK_EQ(data[i], 'i');
	fput(file);
}

/* Until memory lasts: then all places have been tried. */
static void each_request(void)
{
	unsigned n = 0, refused = 1;
	char name[16];
	int err;

	mount_volume();
	for (; n < ROUNDS && refused; n++) {
		snprintf(name, sizeof(name), "file-%u", n);
		change->prepare(name);
		host_nomem_at(current_thread(), n, /*lasting=*/false);
		err = change->change(name);
		refused = host_nomem_end();
		CHECK(err == 0 || refused);
		change->check(name, err);
	}
	CHECK(!refused);
	CHECK_GT(n, 2);
	CHECK_EQ(super_sync(sb, /*wait=*/true), 0);
	host_volume_save_disk("after");
}

static void run(const struct change *what, const char *text)
{
	change = what;
	mount_options = text;
	ktest_run(&options, each_request);
	host_volume_command("{ e2fsck -y -E journal_only after >log 2>&1 || true; } && "
			    "{ e2fsck -fn after >log 2>&1 || { cat log >&2; false; }; }");
}

static void on(const char *mke2fs, void (*prepare)(const char *name), int (*fn)(const char *name),
	       void (*check)(const char *name, int err))
{
	struct change what = { .prepare = prepare, .change = fn, .check = check };

	host_volume_make("48M", mke2fs);
	run(&what, NULL);
}

static void inlined(const char *text)
{
	struct change what = { .prepare = nothing, .change = write_inlined, .check = check_inlined };

	host_volume_command("rm -rf * && mkdir tree && for i in $(seq 0 %u); do "
			    "head -c %u /dev/zero | tr '\\0' i >tree/file-$i; done && truncate -s 24M image && "
			    "mke2fs -q -F -t ext4 -O inline_data -I 256 -d tree image 2>&1", ROUNDS, INLINED);
	run(&what, text);
}

#define EXTENTS	"-t ext4 -b 1024"
#define MAPS	"-t ext3 -b 1024"
#define PLAIN	"-t ext4 -b 1024 -O ^has_journal"

TEST(write_back_extents) { on(EXTENTS, waiting_pieces, write_back, check_written); }
TEST(write_back_block_map) { on(MAPS, waiting_pieces, write_back, check_written); }
TEST(truncate_extents) { on(EXTENTS, make_pieces, cut, check_cut); }
TEST(truncate_block_map) { on(MAPS, make_pieces, cut, check_cut); }
TEST(punch_extents) { on(EXTENTS, make_pieces, punch, check_punched); }
TEST(punch_block_map) { on(MAPS, make_pieces, punch, check_punched); }
TEST(fallocate_extents) { on(EXTENTS, make_pieces, preallocate, check_preallocated); }
TEST(rename_over) { on(EXTENTS, make_both, rename_over, check_renamed); }
TEST(unlink_extents) { on(EXTENTS, make_pieces, unlink_it, check_unlinked); }
TEST(unlink_block_map) { on(MAPS, make_pieces, unlink_it, check_unlinked); }
TEST(mkdir_plain) { on(EXTENTS, nothing, make_folder, check_folder); }
TEST(mkdir_inline) { on("-t ext4 -O inline_data", nothing, make_folder, check_folder); }
TEST(inline_spills) { inlined(NULL); }
TEST(inline_spills_to_journal) { inlined("data=journal"); }
TEST(write_back_without_journal) { on(PLAIN, waiting_pieces, write_back, check_written); }
TEST(truncate_without_journal) { on(PLAIN, make_pieces, cut, check_cut); }
TEST(unlink_without_journal) { on(PLAIN, make_pieces, unlink_it, check_unlinked); }
TEST(mkdir_without_journal) { on(PLAIN, nothing, make_folder, check_folder); }
