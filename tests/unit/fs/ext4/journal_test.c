/* SPDX-License-Identifier: MIT */
/*
 * The journal by itself: transactions over the blocks of a file, which stand for meta data, so that what must be there
 * after a crash is known byte for byte. A crash is a copy of the disk's content at some moment; then e2fsck of the host
 * replays, and Coracle's own mount does, and both must find the last committed content of each block.
 */
#include "disk.h"
#include "kernel.h"

#include "abi/fcntl.h"
#include "abi/mount.h"
#include "fs/ext4/log.h"
#include "lib/err.h"
#include "mm/slab.h"
#include "sched/kthread.h"
#include "sync/completion.h"
#include "time/sleep.h"
#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/namei.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS		600		/* of the file: more than a transaction of a small journal holds */
#define FILE_NAME	"blocks"

static struct {
	char folder[64];		/* scratch */
	const char *mke2fs;		/* options */
	unsigned rounds;
	unsigned writers;
	unsigned block_size;
} test;

static struct host_disk disk;
static struct vfs_ctx ctx;

/* --- On the host --- */

static void remove_folder(void)
{
	char text[128];

	snprintf(text, sizeof(text), "rm -rf %s", test.folder);
	if (system(text))
		fprintf(stderr, "cannot remove %s\n", test.folder);
}

__attribute__((__format__(__printf__, 1, 2))) static void command(const char *format, ...)
{
	char text[2048];
	size_t size;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	free(test_command(text, &size));
}

static void make_volume(const char *mke2fs, unsigned block_size)
{
	if (!*test.folder) {
		test_make_folder(test.folder, sizeof(test.folder));
		atexit(remove_folder);
	}
	test.mke2fs = mke2fs;
	test.block_size = block_size;
	command("cd %s && rm -rf tree image crash && mkdir tree && "
		"head -c %u /dev/zero | tr '\\0' x > tree/" FILE_NAME " && truncate -s 24M image && "
		"mke2fs -q -F -d tree -b %u %s image 2>&1",
		test.folder, BLOCKS * block_size, block_size, mke2fs);
}

/* Replayed by e2fsck the copy is a clean volume whose file is what "expected" says; and so by ours. */
static void check_crash(void)
{
	command("cd %s && cp crash ours && { e2fsck -fy crash > log 2>&1 || [ $? -le 1 ]; } && "
		"e2fsck -fn crash >> log 2>&1 && debugfs -R 'dump /" FILE_NAME " got' crash 2>> log && "
		"cmp got expected 2>&1 || { cat log >&2; false; }",
		test.folder);
}

/* --- In the kernel --- */

static void save(const char *name, const void *data, size_t size)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", test.folder, name);
	file = fopen(path, "wb");
	CHECK(file && fwrite(data, 1, size, file) == size);
	fclose(file);
}

static char *expected;			/* by file block: what was committed */
static uint64_t place[BLOCKS];

static int mount_image(const char *name, unsigned long flags, const char *mount_options)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", test.folder, name);
	disk.name = "vda";
	disk.path = path;
	host_disk_register(&disk);
	ctx.fs = fs_state_create();
	ctx.cred = &cred_root;
	CHECK(ctx.fs);
	return vfs_mount_root(&ctx, "/dev/vda", "ext4", flags, mount_options);
}

static struct file *open_blocks(void)
{
	struct file *file;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, FILE_NAME, O_RDONLY, 0, 0, &file), 0);
	return file;
}

static struct ext4_fs *find_places(void)
{
	struct file *file = open_blocks();
	struct ext4_fs *fs = ext4_fs(file->inode->sb);
	struct ext4_run run;

	if (fs->sb->flags & SB_RDONLY)
		test_skip("volumes are not mounted for writing yet");
	for (unsigned i = 0; i < BLOCKS; i++) {
		CHECK_EQ(ext4_map(ext4_i(file->inode), i, 1, &run), 0);
		CHECK(run.block);
		place[i] = run.block;
	}
	fput(file);
	expected = malloc((size_t)BLOCKS * test.block_size);
	CHECK(expected);
	memset(expected, 'x', (size_t)BLOCKS * test.block_size);
	return fs;
}

/* Fill a block with a number, and sometimes with what the log must escape. */
static void fill(char *data, unsigned number)
{
	memset(data, (int)number, test.block_size);
	snprintf(data, 16, "%u", number);
	if (number % 5 == 0)
		memcpy(data, "\xc0\x3b\x39\x98", 4);
}

static void change_block(struct ext4_fs *fs, struct ext4_handle *h, unsigned i, unsigned number)
{
	struct ext4_buf buf;

	CHECK_EQ(ext4_buf_get(fs, place[i], &buf), 0);
	CHECK_EQ(ext4_journal_get_write(h, &buf), 0);
	fill(buf.data, number);
	CHECK_EQ(ext4_journal_dirty(h, &buf), 0);
	ext4_buf_put(&buf);
	fill(expected + (size_t)i * test.block_size, number);
}

static void change_some(struct ext4_fs *fs, unsigned nr)
{
	struct ext4_handle *h;
	unsigned first = (unsigned)test_random_below(BLOCKS - nr);

	CHECK_EQ(ext4_journal_start(fs, nr, &h), 0);
	for (unsigned i = 0; i < nr; i++)
		change_block(fs, h, first + (unsigned)test_random_below(nr), (unsigned)test_random_below(100000));
	CHECK_EQ(ext4_journal_stop(h), 0);
}

static void save_crash(void)
{
	save("crash", disk.data, disk.size);
	save("expected", expected, (size_t)BLOCKS * test.block_size);
}

static void commit_and_crash(void)
{
	struct ext4_fs *fs;

	CHECK_EQ(mount_image("image", 0, NULL), 0);
	fs = find_places();
	for (unsigned i = 0; i < test.rounds; i++) {
		change_some(fs, 1 + (unsigned)test_random_below(40));
		if (test_random_below(8) == 0)
			CHECK_EQ(ext4_journal_commit_all(fs), 0);
	}
	CHECK_EQ(ext4_journal_commit_all(fs), 0);
	save_crash();
}

static void read_back(void)
{
	char *bytes = malloc((size_t)BLOCKS * test.block_size), *wanted = malloc((size_t)BLOCKS * test.block_size);
	char path[128];
	struct file *file;
	FILE *stream;

	CHECK_EQ(mount_image("ours", MS_RDONLY, NULL), 0);
	file = open_blocks();
	CHECK_EQ(file_kernel_read(file, bytes, (size_t)BLOCKS * test.block_size, 0), BLOCKS * test.block_size);
	snprintf(path, sizeof(path), "%s/expected", test.folder);
	stream = fopen(path, "rb");
	CHECK(stream && fread(wanted, 1, (size_t)BLOCKS * test.block_size, stream) == (size_t)BLOCKS * test.block_size);
	fclose(stream);
	CHECK_MEM(bytes, wanted, (size_t)BLOCKS * test.block_size);
	fput(file);
	free(bytes);
	free(wanted);
}

static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };

/* --- A commit record that is torn --- */

/* The block of the disk that holds the record of the newest transaction. */
static char *newest_record(void)
{
	static const char record[] = "\xc0\x3b\x39\x98\0\0\0\2";
	char *newest = NULL;

	for (char *at = disk.data; at < disk.data + disk.size; at += test.block_size) {
		if (!memcmp(at, record, 8) && (!newest || memcmp(at + 8, newest + 8, 4) > 0))
			newest = at;
	}
	CHECK(newest);
	return newest;
}

/* What the log had where a record goes does not matter: its place has zeroes when it is written. */
static void tear_record(void)
{
	struct host_record record = { .nr = 0 };
	bool zeroes = false, found = false;
	struct ext4_fs *fs;
	char *newest;

	disk.record = &record;
	CHECK_EQ(mount_image("image", 0, NULL), 0);
	fs = find_places();
	for (unsigned i = 0; i < test.rounds; i++) {
		change_some(fs, 1 + (unsigned)test_random_below(40));
		CHECK_EQ(ext4_journal_commit_all(fs), 0);
	}
	newest = newest_record();
	for (size_t i = 0; i < record.nr; i++) {
		const struct host_event *event = &record.events[i];
		uint64_t at = (uint64_t)(newest - disk.data) - event->start;

		if (!event->bytes || event->start > (uint64_t)(newest - disk.data) || at >= event->bytes)
			continue;
		found = !memcmp(event->data + at, newest, test.block_size);
		if (found)
			break;
		zeroes = !event->data[at] && !memcmp(event->data + at, event->data + at + 1, test.block_size - 1);
	}
	CHECK(found && zeroes);
	memset(newest + 512, 'o', test.block_size - 512);	/* from others, who do not write zeroes first */
	save_crash();
}

static void torn_record(const char *mke2fs, unsigned block_size)
{
	make_volume(mke2fs, block_size);
	test.rounds = 150;
	ktest_run(&options, tear_record);
	command("cp %s/crash %s/ours", test.folder, test.folder);
	ktest_run(&options, read_back);
}

TEST(torn_commit_records_count) { torn_record("-t ext4 -J size=4", 4096); }
TEST(torn_commit_records_count_in_small_blocks) { torn_record("-t ext4 -J size=1", 1024); }

/* --- Crashes --- */

static void campaign(const char *mke2fs, unsigned block_size, unsigned rounds)
{
	make_volume(mke2fs, block_size);
	test.rounds = rounds;
	ktest_run(&options, commit_and_crash);
	check_crash();
	ktest_run(&options, read_back);
}

TEST(committed_changes_survive) { campaign("-t ext4", 4096, 20); }
TEST(the_log_wraps_around) { campaign("-t ext4 -J size=4", 4096, 400); }
TEST(blocks_of_1k) { campaign("-t ext4", 1024, 300); }
TEST(without_checksums) { campaign("-t ext4 -O ^metadata_csum", 4096, 100); }
TEST(without_64bit) { campaign("-t ext4 -O ^64bit,^metadata_csum", 1024, 100); }
TEST(checksums_without_64bit) { campaign("-t ext4 -O ^64bit", 2048, 100); }
