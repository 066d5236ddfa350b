/* SPDX-License-Identifier: MIT */
/*
 * Crashes of the journal. A recorded disk, handles numbered 1, 2, 3..., each changing some blocks of a file (which
 * stand for meta data) in a way that follows from its number; now and then a commit is waited for. Then the power goes
 * at some point, and of what was not flushed anything may be lost. After e2fsck's replay, and after ours, the file must
 * be exactly what it was after some handle m: one that had begun, and not before the last whose commit was waited for.
 *
 * The same with names: files and folders made, linked, renamed and removed, operation 1, 2, 3...; after the crash the
 * names must be those after some operation, and the volume consistent without any repair.
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
#include "vfs/file.h"
#include "vfs/namei.h"
#include "vfs/stat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS		300
#define HANDLES		160
#define CHANGES_MAX	24
#define CUTS_SHORT	6

/* When something happened, by the record's count. */
struct mark {
	uint64_t begun;			/* the handle's start */
	uint64_t durable;		/* a commit after it had been waited for; UINT64_MAX: none was */
};

static struct {
	char folder[64];
	unsigned block_size;
	size_t bytes;			/* of the file */
	struct mark marks[HANDLES + 1];
	struct host_record record;
	char *base;			/* the disk at the beginning */
	size_t base_size;
	char *crashed;			/* what it may have at `cut` */
	bool names;			/* the workload */
} test;

static struct host_disk disk;
static struct vfs_ctx ctx;
static uint64_t cut;			/* where the power goes */
static const struct host_options options = { .nr_cpus = 2, .ram_size = 64 << 20 };

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

/* --- What a handle does: follows from its number --- */

static unsigned mix(unsigned a, unsigned b)
{
	unsigned h = a * 2654435761u ^ b * 2246822519u;

	return h ^ h >> 15;
}

/* Block 0 has the number of the last handle; the others the number of the last that changed them, all over. */
static void fill(char *data, unsigned i, unsigned n)
{
	for (unsigned at = 0; at + 4 <= test.block_size; at += 4)
		memcpy(data + at, &n, 4);
	if (i && n % 7 == 0)
		memcpy(data, "\xc0\x3b\x39\x98", 4);	/* to be escaped */
}

static unsigned nr_changes(unsigned n)
{
	return 1 + mix(n, 0) % CHANGES_MAX;
}

static unsigned changed(unsigned n, unsigned i)
{
	return 1 + mix(n, i + 1) % (BLOCKS - 1);
}

/* The file after handle n. */
static char *model(unsigned n)
{
	char *data = malloc(test.bytes);

	CHECK(data);
	memset(data, 'x', test.bytes);
	for (unsigned k = 1; k <= n; k++) {
		fill(data, 0, k);
		for (unsigned i = 0; i < nr_changes(k); i++)
			fill(data + (size_t)changed(k, i) * test.block_size, changed(k, i), k);
	}
	return data;
}

/* The last that must have survived. */
static unsigned last_durable(void)
{
	unsigned last = 0;

	for (unsigned k = 1; k <= HANDLES; k++) {
		if (test.marks[k].durable <= cut)
			last = k;
	}
	return last;
}

/* Is this a state that a crash at cut may leave? */
static void check_state(const char *data)
{
	unsigned n;
	char *wanted;

	memcpy(&n, data, sizeof(n));
	if (data[0] == 'x' && data[1] == 'x')
		n = 0;
	CHECK_GE(n, last_durable());
	CHECK_LE(n, HANDLES);
	CHECK(!n || test.marks[n].begun <= cut);
	wanted = model(n);
	CHECK_MEM(data, wanted, test.bytes);
	free(wanted);
}

/* --- In the kernel --- */

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
	CHECK(ctx.fs);
	return vfs_mount_root(&ctx, "/dev/vda", "ext4", flags, NULL);
}

static struct file *open_blocks(void)
{
	struct file *file;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, "blocks", O_RDONLY, 0, 0, &file), 0);
	return file;
}

static void change_block(struct ext4_handle *h, struct ext4_inode *inode, unsigned i, unsigned n)
{
	struct ext4_fs *fs = ext4_fs(inode->vfs.sb);
	struct ext4_run run;
	struct ext4_buf buf;

	CHECK_EQ(ext4_map(inode, i, 1, &run), 0);
	CHECK_EQ(ext4_buf_get(fs, run.block, &buf), 0);
	CHECK_EQ(ext4_journal_get_write(h, &buf), 0);
	fill(buf.data, i, n);
	CHECK_EQ(ext4_journal_dirty(h, &buf), 0);
	ext4_buf_put(&buf);
}

static void run_handle(struct ext4_inode *inode, unsigned n)
{
	struct ext4_handle *h;

	test.marks[n] = (struct mark){ .begun = test.record.clock, .durable = UINT64_MAX };
	CHECK_EQ(ext4_journal_start(ext4_fs(inode->vfs.sb), CHANGES_MAX + 1, &h), 0);
	change_block(h, inode, 0, n);
	for (unsigned i = 0; i < nr_changes(n); i++)
		change_block(h, inode, changed(n, i), n);
	CHECK_EQ(ext4_journal_stop(h), 0);
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
	struct ext4_inode *inode;
	struct file *file;

	CHECK_EQ(mount_image("image", 0, /*record=*/true), 0);
	file = open_blocks();
	if (file->inode->sb->flags & SB_RDONLY)
		test_skip("volumes are not mounted for writing yet");
	inode = ext4_i(file->inode);
	for (unsigned n = 1; n <= HANDLES; n++) {
		run_handle(inode, n);
		if (mix(n, 99) % 5 == 0) {
			CHECK_EQ(ext4_journal_commit_all(ext4_fs(inode->vfs.sb)), 0);
			test.marks[n].durable = test.record.clock;
		}
		if (mix(n, 98) % 40 == 0)	/* in place, and the log's tail moves */
			CHECK_EQ(ext4_journal_flush(ext4_fs(inode->vfs.sb)->journal), 0);
	}
	save_record();
	fput(file);
}

/* --- Names --- */

#define SLOTS		40
#define LINK_NAME	250

enum slot { NONE, PLAIN, FOLDER };

/* Long names, so that folders have many blocks soon. */
static void slot_name(char *name, unsigned slot)
{
	snprintf(name, LINK_NAME, "slot-%u-%0*u", slot, 60 + (int)(slot * 7 % 100), slot);
}

struct step {
	enum { CREATE, MKDIR, REMOVE, RENAME, LINK, NOTHING } what;
	unsigned a, b;
};

static struct step step_of(unsigned n, const enum slot *slots)
{
	struct step step = { .what = NOTHING, .a = mix(n, 1) % SLOTS, .b = mix(n, 2) % SLOTS };
	unsigned choice = mix(n, 3) % 4;

	if (slots[step.a] == NONE)
		step.what = choice ? CREATE : MKDIR;
	else if (slots[step.b] == NONE)
		step.what = choice == 1 && slots[step.a] == PLAIN ? LINK : RENAME;
	else if (slots[step.a] == PLAIN && slots[step.b] == PLAIN && step.a != step.b && choice > 1)
		step.what = RENAME;
	else
		step.what = REMOVE;
	return step;
}

static void step_model(enum slot *slots, struct step step)
{
	switch (step.what) {
	case CREATE: slots[step.a] = PLAIN; break;
	case MKDIR: slots[step.a] = FOLDER; break;
	case REMOVE: slots[step.a] = NONE; break;
	case LINK: slots[step.b] = PLAIN; break;
	case RENAME:
		slots[step.b] = slots[step.a];
		slots[step.a] = NONE;
		break;
	default: break;
	}
}

static void step_run(const enum slot *slots, struct step step)
{
	char a[LINK_NAME], b[LINK_NAME];
	struct file *file;

	slot_name(a, step.a);
	slot_name(b, step.b);
	switch (step.what) {
	case CREATE:
		CHECK_EQ(vfs_open(&ctx, AT_FDCWD, a, O_WRONLY | O_CREAT | O_EXCL, 0644, 0, &file), 0);
		fput(file);
		break;
	case MKDIR: CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, a, 0755), 0); break;
	case REMOVE:
		if (slots[step.a] == FOLDER)
			CHECK_EQ(vfs_rmdir(&ctx, AT_FDCWD, a), 0);
		else
			CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, a), 0);
		break;
	case RENAME: CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, a, AT_FDCWD, b, 0), 0); break;
	case LINK: CHECK_EQ(vfs_link(&ctx, AT_FDCWD, a, AT_FDCWD, b, 0), 0); break;
	default: break;
	}
}

static void run_names(struct super_block *sb)
{
	enum slot slots[SLOTS] = { NONE };

	for (unsigned n = 1; n <= HANDLES; n++) {
		struct step step = step_of(n, slots);

		test.marks[n] = (struct mark){ .begun = test.record.clock, .durable = UINT64_MAX };
		step_run(slots, step);
		step_model(slots, step);
		if (mix(n, 99) % 5 == 0) {
			CHECK_EQ(super_sync(sb, true), 0);
			test.marks[n].durable = test.record.clock;
		}
	}
}

static void workload_names(void)
{
	struct path root;

	CHECK_EQ(mount_image("image", 0, /*record=*/true), 0);
	CHECK_EQ(path_lookup(&ctx, AT_FDCWD, "/", 0, &root), 0);
	if (root.mnt->sb->flags & SB_RDONLY)
		test_skip("volumes are not mounted for writing yet");
	run_names(root.mnt->sb);
	save_record();
	path_put(&root);
}

/* Are the names there those after operation n? */
static bool names_match(const enum slot *slots)
{
	char name[LINK_NAME];
	struct kstat st;

	for (unsigned i = 0; i < SLOTS; i++) {
		enum slot is = NONE;
		int err;

		slot_name(name, i);
		err = vfs_stat(&ctx, AT_FDCWD, name, 0, &st);
		CHECK(!err || err == -ENOENT);
		if (!err)
			is = st.mode >> 12 == 004 ? FOLDER : PLAIN;
		if (is != slots[i])
			return false;
	}
	return true;
}

static void mount_names(void)
{
	enum slot slots[SLOTS] = { NONE };
	unsigned least = last_durable();
	bool found = false;

	CHECK_EQ(mount_image(NULL, cut % 2 ? MS_RDONLY : 0, /*record=*/false), 0);
	for (unsigned n = 0; n <= HANDLES && !found; n++) {
		if (n)
			step_model(slots, step_of(n, slots));
		if (n && test.marks[n].begun > cut)
			break;
		found = n >= least && names_match(slots);
	}
	CHECK(found);
}

static void mount_ours(void)
{
	char *data = malloc(test.bytes);
	struct file *file;

	CHECK_EQ(mount_image(NULL, cut % 2 ? MS_RDONLY : 0, /*record=*/false), 0);
	file = open_blocks();
	CHECK_EQ(file_kernel_read(file, data, test.bytes, 0), test.bytes);
	check_state(data);
	fput(file);
	free(data);
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
	char image[96], *got;
	size_t size;

	host_record_crash(&test.record, test.base, test.crashed, test.base_size, cut);
	snprintf(image, sizeof(image), "%s/crash", test.folder);
	host_image_save(image, test.crashed, test.base_size);
	command("cd %s && { e2fsck -fp crash > log 2>&1 || [ $? -le 1 ] || { cat log >&2; false; }; } && "
		"e2fsck -fn crash > log 2>&1 && debugfs -R 'dump /blocks got' crash 2>> log || { cat log >&2; false; }",
		test.folder);
	if (test.names) {
		ktest_run(&options, mount_names);
		return;
	}
	got = load("got", &size);
	CHECK_EQ(size, test.bytes);
	check_state(got);
	free(got);
	ktest_run(&options, mount_ours);
}

static void campaign(const char *mke2fs, unsigned block_size, bool names)
{
	const char *cuts = getenv("CRASH_CUTS");
	unsigned nr = cuts ? (unsigned)atoi(cuts) : CUTS_SHORT;

	if (!*test.folder) {
		test_make_folder(test.folder, sizeof(test.folder));
		atexit(remove_folder);
	}
	memset(&test.record, 0, sizeof(test.record));
	test.names = names;
	test.block_size = block_size;
	test.bytes = (size_t)BLOCKS * block_size;
	command("cd %s && rm -rf * && mkdir tree && head -c %zu /dev/zero | tr '\\0' x > tree/blocks && "
		"truncate -s 12M image && mke2fs -q -F -d tree -b %u %s image 2>&1", test.folder, test.bytes,
		block_size, mke2fs);
	ktest_run(&options, names ? workload_names : workload);
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

TEST(journal) { campaign("-t ext4 -J size=4", 4096, /*names=*/false); }
TEST(journal_of_1k) { campaign("-t ext4 -J size=1", 1024, false); }
TEST(journal_without_checksums) { campaign("-t ext4 -O ^metadata_csum,^64bit -J size=2", 2048, false); }
TEST(names) { campaign("-t ext4 -J size=4", 4096, /*names=*/true); }
TEST(names_in_small_blocks) { campaign("-t ext4 -J size=1 -O inline_data", 1024, true); }
TEST(names_in_block_maps) { campaign("-t ext3 -J size=2", 2048, true); }
