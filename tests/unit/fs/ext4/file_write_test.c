/* SPDX-License-Identifier: MIT */
/*
 * Crashes with file contents: what fsync returned for is there, and nothing else than what was written.
 *
 * A recorded disk, and operations 1, 2, 3... that follow from their numbers, on three kinds of files:
 *
 *	tape	appended to and cut; byte x is always pattern(x). After a crash it has a size it had at or behind the
 *		last fsync, or on the way there, and every byte below is right: nothing of another file, and zeroes
 *		only where it was being cut (they may be on the disk before the new size, as on Linux)
 *	states	replaced as careful programs do: a new file written, fsynced, renamed over the old one. Afterwards
 *		each is a version it had since the last sync, whole
 *	area	a file of fixed size: written to in place, holes punched, ranges zeroed. Each sector has what it had
 *		at some time since the last fsync
 *
 * Then the power goes at some point, and of what was not flushed anything may be lost. e2fsck has only a log to replay
 * and orphans to free; our own mount finds the files as above.
 *
 * CRASH_CUTS says how many points are tried for each kind of volume (make check-crash-hosted: many).
 */
#include "disk.h"
#include "kernel.h"

#include "abi/fcntl.h"
#include "abi/mount.h"
#include "fs/ext4/log.h"
#include "lib/err.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/namei.h"
#include "vfs/stat.h"
#include "vfs/super.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STEPS		240
#define CUTS_SHORT	5
#define SECTOR		512
#define AREA		(192 << 10)
#define TAPE_MAX	(300 << 10)
#define STATES		6

enum kind { TAPE, STATE, AREA_FILE, KINDS };

/* When something happened, by the record's count. */
struct mark {
	uint64_t begun;
	uint64_t durable[KINDS];	/* these files are on the disk from here on; UINT64_MAX: not known */
};

static struct {
	char folder[64];
	const char *mount_options;
	struct mark marks[STEPS + 1];
	struct host_record record;
	char *base;			/* the disk at the beginning */
	size_t base_size;
	char *crashed;			/* what it may have at `cut` */
} test;

static struct host_disk disk;
static struct vfs_ctx ctx;
static uint64_t cut;			/* where the power goes */
static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };
static char buffer[TAPE_MAX + 1], wanted[TAPE_MAX];

/* --- On the host --- */

static void remove_folder(void)
{
	char text[128];

	snprintf(text, sizeof(text), "rm -rf %s", test.folder);
	if (system(text))
		fprintf(stderr, "cannot remove %s\n", test.folder);
}

static void command(const char *text)
{
	char line[512];
	size_t size;

	snprintf(line, sizeof(line), "cd %s && %s", test.folder, text);
	free(test_command(line, &size));
}

static FILE *open_file(const char *name, const char *mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", test.folder, name);
	file = fopen(path, mode);
	CHECK(file);
	return file;
}

static char *load(const char *name, size_t *size)
{
	FILE *file = open_file(name, "rb");
	char *data;

	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	data = malloc(*size);
	CHECK(data && fread(data, 1, *size, file) == *size);
	fclose(file);
	return data;
}

/* --- What a step does: follows from its number --- */

static unsigned mix(unsigned a, unsigned b)
{
	unsigned h = a * 2654435761u ^ b * 2246822519u;

	h ^= h >> 15;
	h *= 2246822519u;
	return h ^ h >> 13;
}

static char pattern(unsigned seed, size_t at)
{
	return (char)(1 + mix(seed, (unsigned)at) % 255);	/* never zero */
}

static enum kind kind_of(unsigned n)
{
	static const enum kind kinds[] = { TAPE, TAPE, STATE, AREA_FILE, AREA_FILE };

	return kinds[mix(n, 1) % 5];
}

/* The tape's size after step n. */
static size_t tape_size(unsigned n, size_t before)
{
	size_t change = mix(n, 2) % (mix(n, 3) % 3 ? 3000 : 60000);

	if (before + change > TAPE_MAX || (before && mix(n, 4) % 4 == 0))
		return change % (before + 1);
	return before + change;
}

static unsigned state_slot(unsigned n)
{
	return mix(n, 2) % STATES;
}

static size_t state_size(unsigned n)
{
	return n ? 1 + mix(n, 3) % (mix(n, 4) % 2 ? 9000 : 200) : 0;
}

/* A range of the area, in sectors; zero: it becomes zeroes. */
struct range {
	unsigned first, count;
	bool zero;
};

static struct range area_range(unsigned n)
{
	struct range range = { .first = mix(n, 2) % (AREA / SECTOR), .zero = mix(n, 4) % 3 == 0 };

	range.count = 1 + mix(n, 3) % 60;
	if (range.first + range.count > AREA / SECTOR)
		range.count = AREA / SECTOR - range.first;
	return range;
}

/* --- The workload --- */

/* NULL: the disk as the crash left it. */
static int mount_image(const char *name, unsigned long flags, bool record)
{
	static char path[128];

	disk.name = "vda";
	if (name) {
		snprintf(path, sizeof(path), "%s/%s", test.folder, name);
		disk.path = path;
	} else {
		disk.data = test.crashed;
		disk.size = test.base_size;
	}
	disk.record = record ? &test.record : NULL;
	host_disk_register(&disk);
	ctx.fs = fs_state_create();
	ctx.cred = &cred_root;
	ctx.fsize_limit = UINT64_MAX;
	CHECK(ctx.fs);
	return vfs_mount_root(&ctx, "/dev/vda", "ext4", flags, test.mount_options);
}

static struct file *open_in_guest(const char *name, int flags)
{
	struct file *file;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, name, flags, 0644, 0, &file), 0);
	return file;
}

static void sync_file(struct file *file, unsigned n, enum kind kind)
{
	CHECK_EQ(file->ops->fsync(file, 0, INT64_MAX, mix(n, 5) % 2), 0);
	test.marks[n].durable[kind] = test.record.clock;
}

static void write_pattern(struct file *file, unsigned seed, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		buffer[i - from] = pattern(seed, i);
	CHECK_EQ(file_kernel_write(file, buffer, to - from, (loff_t)from), to - from);
}

static void step_tape(unsigned n, size_t *size)
{
	struct file *file = open_in_guest("tape", O_RDWR);
	size_t next = tape_size(n, *size);

	if (next < *size)
		CHECK_EQ(vfs_truncate(&ctx, &file->path, (loff_t)next), 0);
	else if (next > *size)
		write_pattern(file, 0, *size, next);
	*size = next;
	if (mix(n, 6) % 3 == 0)
		sync_file(file, n, TAPE);
	fput(file);
}

static void step_state(unsigned n)
{
	struct file *file = open_in_guest("new", O_RDWR | O_CREAT | O_TRUNC);
	char name[16];

	snprintf(name, sizeof(name), "state%u", state_slot(n));
	write_pattern(file, n, 0, state_size(n));
	CHECK_EQ(file->ops->fsync(file, 0, INT64_MAX, false), 0);
	fput(file);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, "new", AT_FDCWD, name, 0), 0);
}

static void step_area(unsigned n)
{
	static const int modes[] = { FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE };
	struct range range = area_range(n);
	struct file *file = open_in_guest("area", O_RDWR);
	size_t first = range.first * SECTOR, size = range.count * SECTOR;
	long err = -EOPNOTSUPP;

	if (!range.zero)
		write_pattern(file, n, first, first + size);
	else if (mix(n, 7) % 2)		/* block maps have holes only */
		err = file->ops->fallocate(file, modes[1], (loff_t)first, (loff_t)size);
	if (range.zero && err == -EOPNOTSUPP)
		err = file->ops->fallocate(file, modes[0], (loff_t)first, (loff_t)size);
	CHECK(!range.zero || !err);
	if (mix(n, 6) % 3 == 0)
		sync_file(file, n, AREA_FILE);
	fput(file);
}

static void sync_all(unsigned n)
{
	super_sync_all();
	for (unsigned kind = 0; kind < KINDS; kind++)
		test.marks[n].durable[kind] = test.record.clock;
}

static void save_record(void)
{
	FILE *file = open_file("record", "wb");

	CHECK_EQ(fwrite(test.marks, sizeof(test.marks), 1, file), 1);
	CHECK_EQ(fwrite(&test.record, sizeof(test.record), 1, file), 1);
	for (size_t i = 0; i < test.record.nr; i++) {
		CHECK_EQ(fwrite(&test.record.events[i], sizeof(struct host_event), 1, file), 1);
		if (test.record.events[i].bytes)
			CHECK_EQ(fwrite(test.record.events[i].data, test.record.events[i].bytes, 1, file), 1);
	}
	fclose(file);
}

static void workload(void)
{
	struct file *file;
	size_t tape = 0;

	CHECK_EQ(mount_image("image", 0, /*record=*/true), 0);
	fput(open_in_guest("tape", O_RDWR | O_CREAT));
	file = open_in_guest("area", O_RDWR | O_CREAT);
	CHECK_EQ(vfs_truncate(&ctx, &file->path, AREA), 0);
	fput(file);
	for (unsigned n = 0; n <= STEPS; n++) {
		test.marks[n] = (struct mark){ .begun = test.record.clock,
					       .durable = { UINT64_MAX, UINT64_MAX, UINT64_MAX } };
		if (!n || mix(n, 8) % 15 == 0)
			sync_all(n);
		else if (kind_of(n) == TAPE)
			step_tape(n, &tape);
		else if (kind_of(n) == STATE)
			step_state(n);
		else
			step_area(n);
	}
	save_record();
}

/* --- After the crash --- */

/* The last step of which these files must have survived. */
static unsigned last_durable(enum kind kind)
{
	unsigned last = 0;

	for (unsigned n = 1; n <= STEPS; n++) {
		if (test.marks[n].durable[kind] <= cut)
			last = n;
	}
	return last;
}

static unsigned last_begun(void)
{
	unsigned last = 0;

	while (last < STEPS && test.marks[last + 1].begun <= cut)
		last++;
	return last;
}

/* Did step n do something to files of this kind? */
static bool changes(unsigned n, enum kind kind)
{
	return n && mix(n, 8) % 15 && kind_of(n) == kind;
}

static size_t read_all(const char *name)
{
	struct file *file = open_in_guest(name, O_RDONLY);
	ssize_t size = file_kernel_read(file, buffer, sizeof(buffer), 0);

	CHECK_GE(size, 0);
	fput(file);
	return (size_t)size;
}

/* It grows and shrinks in one go or in part, so any size between is right. */
static void check_tape(void)
{
	unsigned durable = last_durable(TAPE), last = last_begun();
	size_t size = 0, least = SIZE_MAX, most = 0, cleared = SIZE_MAX, got = read_all("tape");

	for (unsigned n = 0; n <= last; n++) {
		if (changes(n, TAPE))
			size = tape_size(n, size);
		if (n >= durable) {
			least = size < least ? size : least;
			most = size > most ? size : most;
			cleared = size < most && size < cleared ? size : cleared;
		}
	}
	CHECK_GE(got, least);
	CHECK_LE(got, most);
	for (size_t i = 0; i < got; i++)
		wanted[i] = i >= cleared && !buffer[i] ? 0 : pattern(0, i);
	CHECK_MEM(buffer, wanted, got);
}

static bool is_version(unsigned n, size_t size)
{
	bool same = size == state_size(n);

	for (size_t i = 0; same && i < size; i++)
		same = buffer[i] == pattern(n, i);
	return same;
}

static void check_state(unsigned slot)
{
	unsigned durable = last_durable(STATE), last = last_begun(), version = 0;
	bool found = false, there;
	struct kstat st;
	char name[16];
	size_t size;

	snprintf(name, sizeof(name), "state%u", slot);
	there = !vfs_stat(&ctx, AT_FDCWD, name, 0, &st);
	size = there ? read_all(name) : 0;
	for (unsigned n = 0; n <= last && !found; n++) {
		if (changes(n, STATE) && state_slot(n) == slot)
			version = n;
		if (n >= durable)
			found = version ? there && is_version(version, size) : !there;
	}
	if (!found)
		fprintf(stderr, "# %s: %zu bytes, steps %u to %u\n", name, size, durable, last);
	CHECK(found);
}

static bool sector_is(unsigned sector, unsigned n)
{
	const char *data = buffer + sector * SECTOR;

	for (unsigned i = 0; i < SECTOR; i++) {
		if (data[i] != (n ? pattern(n, sector * SECTOR + i) : 0))
			return false;
	}
	return true;
}

static void check_area(void)
{
	unsigned durable = last_durable(AREA_FILE), last = last_begun();

	CHECK_EQ(read_all("area"), AREA);
	for (unsigned sector = 0; sector < AREA / SECTOR; sector++) {
		bool found = false;
		unsigned now = 0;

		for (unsigned n = 0; n <= last && !found; n++) {
			struct range range = area_range(n);

			if (changes(n, AREA_FILE) && sector >= range.first && sector < range.first + range.count)
				now = range.zero ? 0 : n;
			found = n >= durable && sector_is(sector, now);
		}
		if (!found)
			fprintf(stderr, "# sector %u, steps %u to %u: has %02x\n", sector, durable, last,
				(unsigned char)buffer[sector * SECTOR]);
		CHECK(found);
	}
}

static void check_ours(void)
{
	CHECK_EQ(mount_image(NULL, cut % 2 ? MS_RDONLY : 0, /*record=*/false), 0);
	if (test.marks[0].durable[TAPE] > cut)
		return;				/* the files were not there yet, or perhaps not */
	check_tape();
	for (unsigned slot = 0; slot < STATES; slot++)
		check_state(slot);
	check_area();
}

/* --- The campaign --- */

static void load_record(void)
{
	FILE *file = open_file("record", "rb");

	CHECK_EQ(fread(test.marks, sizeof(test.marks), 1, file), 1);
	CHECK_EQ(fread(&test.record, sizeof(test.record), 1, file), 1);
	test.record.events = calloc(test.record.nr, sizeof(struct host_event));
	CHECK(test.record.events);
	for (size_t i = 0; i < test.record.nr; i++) {
		struct host_event *event = &test.record.events[i];

		CHECK_EQ(fread(event, sizeof(*event), 1, file), 1);
		event->data = malloc(event->bytes + 1);
		CHECK(event->data && fread(event->data, 1, event->bytes, file) == event->bytes);
	}
	fclose(file);
}

static void forget_record(void)
{
	for (size_t i = 0; i < test.record.nr; i++)
		free(test.record.events[i].data);
	free(test.record.events);
	free(test.base);
	free(test.crashed);
	memset(&test.record, 0, sizeof(test.record));
}

/* e2fsck may replay the log and free what no name has, but finds nothing to repair. */
static void check_cut(void)
{
	char image[96];

	host_record_crash(&test.record, test.base, test.crashed, test.base_size, cut);
	snprintf(image, sizeof(image), "%s/crash", test.folder);
	host_image_save(image, test.crashed, test.base_size);
	command("{ e2fsck -fp crash > log 2>&1 || [ $? -le 1 ] || { cat log >&2; false; }; } && "
		"e2fsck -fn crash > log 2>&1 || { cat log >&2; false; }");
	ktest_run(&options, check_ours);
}

static void make_volume(const char *mke2fs, const char *mount_options)
{
	char text[256];

	if (!*test.folder) {
		test_make_folder(test.folder, sizeof(test.folder));
		atexit(remove_folder);
	}
	memset(&test.record, 0, sizeof(test.record));
	test.mount_options = mount_options;
	snprintf(text, sizeof(text), "rm -rf * && truncate -s 12M image && mke2fs -q -F %s image 2>&1", mke2fs);
	command(text);
}

static void campaign(const char *mke2fs, const char *mount_options)
{
	const char *cuts = getenv("CRASH_CUTS");
	unsigned nr = cuts ? (unsigned)atoi(cuts) : CUTS_SHORT;

	make_volume(mke2fs, mount_options);
	ktest_run(&options, workload);
	load_record();
	test.base = load("image", &test.base_size);
	test.crashed = malloc(test.base_size);
	CHECK(test.crashed);
	for (unsigned i = 0; i < nr; i++) {
		cut = test_random_below(test.record.clock + 1);
		check_cut();
	}
	printf("# %u cuts of %zu events\n", nr, test.record.nr);
	forget_record();
}

TEST(content) { campaign("-t ext4 -J size=4", NULL); }
TEST(content_in_small_blocks) { campaign("-t ext4 -b 1024 -J size=1", NULL); }
TEST(content_inline) { campaign("-t ext4 -b 2048 -O inline_data,^metadata_csum -J size=2", NULL); }
TEST(content_journalled) { campaign("-t ext4 -J size=4", "data=journal"); }
TEST(content_journalled_in_small_blocks) { campaign("-t ext4 -b 1024 -J size=2", "data=journal"); }
TEST(content_journalled_inline) { campaign("-t ext4 -O inline_data -J size=4", "data=journal"); }
TEST(content_in_block_maps) { campaign("-t ext3 -b 1024 -J size=2", NULL); }
TEST(content_journalled_in_block_maps) { campaign("-t ext3 -b 1024 -J size=2", "data=journal"); }
TEST(content_without_delays) { campaign("-t ext4 -J size=4", "nodelalloc"); }

/* --- What fsync and fdatasync wait for ------------------------------------------------------------ */

/* Everything so far is committed. */
static void check_committed(struct file *file)
{
	struct ext4_journal *journal = ext4_fs(file->inode->sb)->journal;

	CHECK(!journal->running || !journal->running->changed);
	CHECK(!journal->committing);
}

static void sync_and_check(const char *name, int flags, bool datasync)
{
	struct file *file = open_in_guest(name, flags);

	CHECK_EQ(file->ops->fsync(file, 0, INT64_MAX, datasync), 0);
	check_committed(file);
	fput(file);
}

/* The names of a new file and of a removed one; a file whose inode left memory before its transaction committed. */
static void sync_kinds(void)
{
	struct super_block *sb;
	struct file *file;

	CHECK_EQ(mount_image("image", 0, /*record=*/false), 0);
	sync_and_check("empty", O_RDWR | O_CREAT, /*datasync=*/true);
	CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, "empty"), 0);
	sync_and_check("/", O_RDONLY | O_DIRECTORY, /*datasync=*/true);
	for (int datasync = 0; datasync < 2; datasync++) {
		file = open_in_guest("forgotten", O_RDWR | O_CREAT | O_TRUNC);
		write_pattern(file, 1, 0, 10000);
		CHECK_EQ(pagecache_sync(&file->inode->mapping, 0, 10000, /*wait=*/true), 0);
		sb = file->inode->sb;
		fput(file);
		d_shrink_sb(sb);
		sync_and_check("forgotten", O_RDWR, datasync);
	}
}

TEST(sync_waits_for_the_right_transaction)
{
	make_volume("-t ext4 -J size=4", NULL);
	ktest_run(&options, sync_kinds);
}
