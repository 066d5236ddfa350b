/* SPDX-License-Identifier: MIT */
/*
 * Every byte of a volume's meta data, damaged: mounted, walked, read and written to, the volume answers with what it
 * has or with an error. It does not crash, hang or make a sanitizer speak.
 *
 * A small volume with a bit of everything. What counts as meta data is each block that has content and is not the
 * contents of a file, which are all one letter. One machine tries many bytes, one after the other: the disk becomes the
 * damaged volume, is mounted at /vol, used, unmounted.
 *
 * FLIP_STEP says that only each so many-th byte is tried (make check-flip: each).
 */
#include "kernel.h"
#include "volume.h"

#include "abi/fcntl.h"
#include "abi/mount.h"
#include "block/bdev.h"
#include "core/log.h"
#include "lib/err.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/stat.h"
#include "vfs/super.h"
#include "vfs/xattr.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#define CONTENT		'D'
#define BATCH		500u		/* bytes for one machine */
#define CPU_SECONDS	10		/* for each byte; a sound one takes 3 ms, a slow machine is no hang */
#define SECONDS		600		/* the same by the clock, should it sleep for ever */
#define DEPTH		4
#define ENTRIES		300u		/* of a folder are looked at */

enum { S_IFMT = 0170000, S_IFDIR = 0040000, S_IFREG = 0100000, S_IFLNK = 0120000, S_IFBLK = 0060000 };

/* Shared with the machines' processes. */
static struct {
	size_t at;			/* byte being tried */
	unsigned flip;
	unsigned mounted, refused;
} *progress;

static char *base;			/* the sound volume */
static size_t base_size;
static uint32_t *bytes;			/* to be tried */
static size_t nr_bytes, first_byte;
static struct bdev *bdev;
static const struct host_options options = { .nr_cpus = 1, .ram_size = 64 << 20 };

/* --- On the host --- */

static void make(const char *mke2fs)
{
	host_volume_command("rm -rf * && mkdir -p tree/dir/sub tree/many && truncate -s 3M tree/dir/sparse && "
			    "letters() { head -c $1 /dev/zero | tr '\\0' $2; } && letters 70000 D > tree/large && "
			    "letters 40 D > tree/small && ln tree/small tree/dir/link && ln -s small tree/short && "
			    "ln -s $(letters 90 x) tree/long && "
			    "printf D | dd of=tree/dir/sparse bs=1 seek=2000000 conv=notrunc 2>/dev/null && "
			    "for i in $(seq 60); do letters 1100 D > tree/many/file-with-a-long-name-$i; done && "
			    "truncate -s 2M image && mke2fs -q -F -b 1024 -N 96 -d tree %s image 2>&1 && "
			    "printf 'ea_set small user.small value\nea_set large user.large %%s\n' $(letters 500 v) | "
			    "debugfs -w -f - image 2>&1", mke2fs);
	base = host_volume_load("image", &base_size);
}

static bool is_meta(const char *block)
{
	bool content = *block == CONTENT, some = false;

	for (unsigned i = 0; i < 1024; i++) {
		content &= block[i] == CONTENT || !block[i];
		some |= block[i];
	}
	return some && !content;
}

static void choose_bytes(unsigned step)
{
	bytes = malloc(base_size * sizeof(*bytes));
	CHECK(bytes);
	nr_bytes = 0;
	for (size_t block = 1024; block + 1024 <= base_size; block += 1024) {
		if (!is_meta(base + block))
			continue;
		for (size_t i = 0; i < 1024; i++)
			bytes[nr_bytes++] = (uint32_t)(block + i);
	}
	if (step > 1) {		/* from another place each time the seed is another */
		size_t n = 0;

		for (size_t i = test_random_below(step); i < nr_bytes; i += step)
			bytes[n++] = bytes[i];
		nr_bytes = n;
	}
}

/* --- In the machine: any answer but a crash is good --- */

struct names {
	struct dir_context ctx;
	unsigned room, nr;
	char name[ENTRIES][256];
};

static bool take_name(struct dir_context *dir, const char *name, unsigned len, uint64_t ino, unsigned type, loff_t next)
{
	struct names *names = container_of(dir, struct names, ctx);

	(void)ino;
	(void)type;
	(void)next;
	if (names->nr == ENTRIES)
		return false;
	memcpy(names->name[names->nr], name, len);
	names->name[names->nr++][len] = '\0';
	return true;
}

static void look_at_file(struct file *file)
{
	static char data[16384];

	ignore_result(file_kernel_read(file, data, sizeof(data), 0));
	ignore_result(file_kernel_read(file, data, sizeof(data), file->inode->size / 2));
	if (file->mode & FMODE_WRITE)
		ignore_result(file_kernel_write(file, "written", 7, file->inode->size / 2));
	ignore_result(vfs_listxattr(&cred_root, &file->path, data, sizeof(data)));
	ignore_result(vfs_getxattr(&cred_root, &file->path, "user.large", data, sizeof(data)));
	ignore_result(file->ops->fsync ? file->ops->fsync(file, 0, INT64_MAX, true) : 0);
}

static void walk(const char *path, unsigned depth)
{
	struct names *names = calloc(1, sizeof(*names));
	struct file *file;
	struct kstat st;
	char sub[2048], text[256];

	CHECK(names);
	names->ctx.emit = take_name;
	if (!vfs_open(&host_volume.ctx, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, 0, &file)) {
		ignore_result(file->ops->iterate(file, &names->ctx));
		fput(file);
	}
	for (unsigned i = 0; i < names->nr; i++) {
		if (!strcmp(names->name[i], ".") || !strcmp(names->name[i], ".."))
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, names->name[i]);
		if (vfs_stat(&host_volume.ctx, AT_FDCWD, sub, 0, &st))
			continue;
		if ((st.mode & S_IFMT) == S_IFDIR && depth)
			walk(sub, depth - 1);
		else if ((st.mode & S_IFMT) == S_IFLNK)
			ignore_result(vfs_readlink(&host_volume.ctx, AT_FDCWD, sub, text, sizeof(text)));
		else if ((st.mode & S_IFMT) == S_IFREG &&
			 !vfs_open(&host_volume.ctx, AT_FDCWD, sub, i % 8 ? O_RDONLY : O_RDWR, 0, 0, &file)) {
			look_at_file(file);
			fput(file);
		}
	}
	free(names);
}

static void change(void)
{
	struct vfs_ctx *ctx = &host_volume.ctx;
	static char data[9000];
	struct file *file;

	memset(data, CONTENT, sizeof(data));
	if (!vfs_open(ctx, AT_FDCWD, "/vol/dir/new", O_RDWR | O_CREAT, 0644, 0, &file)) {
		ignore_result(file_kernel_write(file, data, sizeof(data), 0));
		ignore_result(file_kernel_write(file, data, 100, 300000));
		ignore_result(file->ops->fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1000, 5000));
		ignore_result(vfs_truncate(ctx, &file->path, 5000));
		ignore_result(file->ops->fsync(file, 0, INT64_MAX, false));
		fput(file);
	}
	ignore_result(vfs_mkdir(ctx, AT_FDCWD, "/vol/many/folder", 0755));
	ignore_result(vfs_rename(ctx, AT_FDCWD, "/vol/dir/new", AT_FDCWD, "/vol/many/new", 0));
	ignore_result(vfs_unlink(ctx, AT_FDCWD, "/vol/large"));
	ignore_result(vfs_unlink(ctx, AT_FDCWD, "/vol/small"));
	ignore_result(vfs_rmdir(ctx, AT_FDCWD, "/vol/dir/sub"));
	if (!vfs_open(ctx, AT_FDCWD, "/vol/dir/sparse", O_RDWR, 0, 0, &file)) {
		ignore_result(vfs_truncate(ctx, &file->path, 100000));
		fput(file);
	}
	super_sync_all();
}

static void hangs(int signal)
{
	dprintf(STDERR_FILENO, "# byte %zu xor %#x: the kernel hangs (signal %d)\n", progress->at, progress->flip,
		signal);
	_exit(TEST_EXIT_FAIL);
}

static void try_byte(void)
{
	static const struct itimerval limit = { .it_value = { .tv_sec = CPU_SECONDS } };
	struct vfs_ctx *ctx = &host_volume.ctx;

	alarm(SECONDS);
	CHECK_EQ(setitimer(ITIMER_PROF, &limit, NULL), 0);
	memcpy(host_volume.disk.data, base, base_size);
	host_volume.disk.data[progress->at] ^= (char)progress->flip;
	pagecache_truncate(&bdev->mapping, 0);
	if (vfs_mount(ctx, "/vda", "/vol", "ext4", 0, progress->at % 2 ? "errors=remount-ro" : "errors=continue")) {
		progress->refused++;
		return;
	}
	progress->mounted++;
	walk("/vol", DEPTH);
	change();
	CHECK_EQ(vfs_umount(ctx, "/vol", 0), 0);
}

static void try_batch(void)
{
	static const uint8_t flips[] = { 0xff, 0x01, 0x80, 0x10 };
	struct vfs_ctx *ctx = &host_volume.ctx;

	log_set_console_level(1);
	signal(SIGALRM, hangs);
	signal(SIGPROF, hangs);
	host_volume.disk.name = "vda";
	host_volume.disk.data = malloc(base_size);
	host_volume.disk.size = base_size;
	CHECK(host_volume.disk.data);
	memcpy(host_volume.disk.data, base, base_size);
	host_disk_register(&host_volume.disk);
	bdev = bdev_get("vda");
	ctx->fs = fs_state_create();
	ctx->cred = &cred_root;
	ctx->fsize_limit = UINT64_MAX;
	CHECK(ctx->fs && bdev);
	CHECK_EQ(vfs_mount_root(ctx, "none", "tmpfs", 0, NULL), 0);
	CHECK_EQ(vfs_mkdir(ctx, AT_FDCWD, "/vol", 0755), 0);
	CHECK_EQ(vfs_mknod(ctx, AT_FDCWD, "/vda", S_IFBLK | 0600, bdev->dev), 0);
	for (size_t i = first_byte; i < nr_bytes && i < first_byte + BATCH; i++) {
		progress->at = bytes[i];
		progress->flip = flips[i % 4];
		try_byte();
	}
}

static void flip(const char *mke2fs)
{
	const char *step = getenv("FLIP_STEP");

	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(progress != MAP_FAILED);
	make(mke2fs);
	choose_bytes(step ? (unsigned)atoi(step) : 211);
	for (first_byte = 0; first_byte < nr_bytes; first_byte += BATCH) {
		progress->at = 0;
		ktest_run(&options, try_batch);
	}
	printf("# %zu bytes: %u times mounted, %u times refused\n", nr_bytes, progress->mounted, progress->refused);
	CHECK(progress->mounted);
	free(bytes);
	free(base);
	munmap(progress, sizeof(*progress));
}

/* Damage is believed. */
TEST(flip_without_checksums) { flip("-t ext4 -O ^metadata_csum,^has_journal,^resize_inode"); }
TEST(flip_block_maps) { flip("-t ext3 -O ^has_journal,^resize_inode"); }
TEST(flip_inline_data) { flip("-t ext4 -O ^metadata_csum,^has_journal,^resize_inode,inline_data -I 256"); }
/* It is noticed. */
TEST(flip_with_checksums) { flip("-t ext4 -O ^has_journal,^resize_inode"); }
