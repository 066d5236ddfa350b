/* SPDX-License-Identifier: MIT */
/*
 * ext4 changed by random operations, beside a model.
 *
 * The model is a tree in plain memory: folders, files with content, links, attributes. Each step is one call of the
 * VFS, whose answer the model knows; now and then everything is compared: type, mode, links, size, content, link
 * texts, attributes, lists of folders. Between, the names that are cached are dropped, the volume is synced, or
 * mounted again. At the end e2fsck on the host finds nothing to say.
 *
 * STEPS in the environment: how many operations for each volume (20,000 if it is not set; the long form is a million).
 */
#include "disk.h"
#include "kernel.h"

#include "abi/fcntl.h"
#include "abi/ioctl.h"
#include "abi/mount.h"
#include "abi/stat.h"
#include "block/bdev.h"
#include "lib/err.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/mount.h"
#include "vfs/namei.h"
#include "vfs/stat.h"
#include "vfs/super.h"
#include "vfs/xattr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NODES		160		/* objects at a time */
#define NAMES		400		/* names at a time */
#define NAME_POOL	60		/* different ones in a folder */
#define CONTENT		40000		/* bytes of a file at most */
#define ATTRIBUTES	6

/* The UAPI header leaves these to the C library. */
enum { S_IFMT = 0170000, S_IFDIR = 0040000, S_IFREG = 0100000, S_IFLNK = 0120000, S_IFBLK = 0060000 };

static struct {
	char folder[64];
	char image[96];
	unsigned steps;
	bool write;			/* contents too */
	const char *mount_options;
} test;

static struct vfs_ctx ctx;
static struct host_disk disk;
static const struct host_options options = { .nr_cpus = 1, .ram_size = 128 << 20 };

/* --- On the host ---------------------------------------------------------------------------------- */

__attribute__((__format__(__printf__, 1, 2))) static void command(const char *format, ...)
{
	char text[4096];
	size_t size;
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	free(test_command(text, &size));
}

static void remove_folder(void)
{
	char text[128];

	snprintf(text, sizeof(text), "rm -rf %s", test.folder);
	if (system(text))
		fprintf(stderr, "cannot remove %s\n", test.folder);
}

static void make_volume(const char *mke2fs_options)
{
	if (!*test.folder) {
		test_make_folder(test.folder, sizeof(test.folder));
		atexit(remove_folder);
		snprintf(test.image, sizeof(test.image), "%s/image", test.folder);
	}
	command("cd %s && rm -f image && truncate -s 48M image && mke2fs -q -F -t ext4 %s image 2>&1", test.folder,
		mke2fs_options);
}

static void check_volume(void)
{
	command("e2fsck -fn %s >%s/log 2>&1 || { tail -n 30 %s/log >&2; exit 1; }", test.image, test.folder,
		test.folder);
}

/* --- The model ------------------------------------------------------------------------------------ */

struct node {
	uint32_t mode;			/* 0: free */
	unsigned links;			/* names; of a folder: folders in it, 2 more */
	struct node *parent;		/* of a folder */
	char *content;			/* of a file: size bytes; of a link: its text */
	unsigned size;
	struct { unsigned size, seed; bool set; } attributes[ATTRIBUTES];
};

struct name {
	struct node *dir;		/* NULL: free */
	unsigned number;		/* of the pool */
	struct node *node;
};

static struct node nodes[NODES];
static struct name names[NAMES];

static bool is_dir(const struct node *node)
{
	return (node->mode & S_IFMT) == S_IFDIR;
}

static bool is_file(const struct node *node)
{
	return (node->mode & S_IFMT) == S_IFREG;
}

static struct name *find(const struct node *dir, unsigned number)
{
	for (unsigned i = 0; i < NAMES; i++) {
		if (names[i].dir == dir && names[i].number == number)
			return &names[i];
	}
	return NULL;
}

static struct name *name_of_dir(const struct node *node)
{
	for (unsigned i = 0; i < NAMES; i++) {
		if (names[i].dir && names[i].node == node)
			return &names[i];
	}
	return NULL;
}

static struct node *free_node(void)
{
	for (unsigned i = 1; i < NODES; i++) {
		if (!nodes[i].mode)
			return &nodes[i];
	}
	return NULL;
}

static struct name *free_name(void)
{
	for (unsigned i = 0; i < NAMES; i++) {
		if (!names[i].dir)
			return &names[i];
	}
	return NULL;
}

static unsigned count_in(const struct node *dir)
{
	unsigned count = 0;

	for (unsigned i = 0; i < NAMES; i++)
		count += names[i].dir == dir;
	return count;
}

static bool is_below(const struct node *node, const struct node *above)
{
	for (; node; node = node->parent) {
		if (node == above)
			return true;
	}
	return false;
}

static struct node *random_dir(void)
{
	for (unsigned i = 0; i < 40; i++) {
		struct node *node = &nodes[test_random_below(NODES)];

		if (is_dir(node))
			return node;
	}
	return &nodes[0];
}

/* Names of the pool: short ones, and every fifth a long one. */
static void write_name(unsigned number, char *out)
{
	unsigned used = (unsigned)sprintf(out, "n%u", number);

	if (number % 5)
		return;
	memset(out + used, 'a' + (int)(number % 26), 40 + 3 * number);
	out[used + 40 + 3 * number] = '\0';
}

/* The path of a folder, relative to the root; recursion as deep as the model's tree. */
static void write_dir(const struct node *dir, char *out)
{
	const struct name *name;

	*out = '\0';
	if (dir == &nodes[0])
		return;
	name = name_of_dir(dir);
	write_dir(name->dir, out);
	write_name(name->number, out + strlen(out));
	strcat(out, "/");
}

static void write_path(const struct node *dir, unsigned number, char *out)
{
	write_dir(dir, out);
	write_name(number, out + strlen(out));
}

/* A name of the model at random; NULL when there is none where was looked. */
static struct name *random_name(void)
{
	for (unsigned i = 0; i < 20; i++) {
		struct name *name = &names[test_random_below(NAMES)];

		if (name->dir)
			return name;
	}
	return NULL;
}

static void add_name(struct node *dir, unsigned number, struct node *node)
{
	struct name *name = free_name();

	*name = (struct name){ .dir = dir, .number = number, .node = node };
	if (is_dir(node)) {
		node->parent = dir;
		dir->links++;
	} else {
		node->links++;
	}
}

/* A name goes; what it stood for too when that was its last. */
static void drop_name(struct name *name)
{
	struct node *node = name->node;

	if (is_dir(node)) {
		name->dir->links--;
		node->links = 0;
	} else {
		node->links--;
	}
	name->dir = NULL;
	if (!node->links) {
		free(node->content);
		*node = (struct node){ .mode = 0 };
	}
}

/* --- Steps ---------------------------------------------------------------------------------------- */

static char path[16384], path2[16384];
static char buffer[CONTENT + 1];

/* Long paths are refused before the file system sees them. */
static bool too_long(const char *text)
{
	return strlen(text) > 3500;
}

static void step_make(void)
{
	struct node *dir = random_dir(), *node = free_node();
	unsigned number = (unsigned)test_random_below(NAME_POOL), kind = (unsigned)test_random_below(6);
	bool there = find(dir, number) != NULL;
	struct file *file;
	int err;

	write_path(dir, number, path);
	if (too_long(path) || !node || !free_name())
		return;
	if (kind < 2) {
		err = vfs_mkdir(&ctx, AT_FDCWD, path, 0755);
		node->mode = S_IFDIR | 0755;
	} else if (kind == 2) {
		unsigned size = 1 + (unsigned)test_random_below(test_random_below(2) ? 100 : 900);

		memset(buffer, 'a' + (int)number % 26, size);
		buffer[size] = '\0';
		err = vfs_symlink(&ctx, buffer, AT_FDCWD, path);
		node->mode = S_IFLNK | 0777;
		node->size = size;
	} else {
		err = vfs_open(&ctx, AT_FDCWD, path, O_RDWR | O_CREAT | O_EXCL, 0644, 0, &file);
		if (!err)
			fput(file);
		node->mode = S_IFREG | 0644;
	}
	CHECK_EQ(err, there ? -EEXIST : 0);
	if (there) {
		*node = (struct node){ .mode = 0 };
		return;
	}
	if (kind == 2)
		node->content = strdup(buffer);
	node->links = is_dir(node) ? 2 : 0;
	add_name(dir, number, node);
}

static void step_remove(void)
{
	struct name *name = random_name();
	int err, wanted = 0;

	if (!name)
		return;
	write_path(name->dir, name->number, path);
	if (too_long(path))
		return;
	if (is_dir(name->node)) {
		CHECK_EQ(vfs_unlink(&ctx, AT_FDCWD, path), -EISDIR);
		err = vfs_rmdir(&ctx, AT_FDCWD, path);
		wanted = count_in(name->node) ? -ENOTEMPTY : 0;
	} else {
		CHECK_EQ(vfs_rmdir(&ctx, AT_FDCWD, path), -ENOTDIR);
		err = vfs_unlink(&ctx, AT_FDCWD, path);
	}
	CHECK_EQ(err, wanted);
	if (!err)
		drop_name(name);
}

static void step_link(void)
{
	struct name *name = random_name();
	struct node *dir = random_dir();
	unsigned number = (unsigned)test_random_below(NAME_POOL);
	int err, wanted = 0;

	if (!name || !free_name())
		return;
	write_path(name->dir, name->number, path);
	write_path(dir, number, path2);
	if (too_long(path) || too_long(path2))
		return;
	err = vfs_link(&ctx, AT_FDCWD, path, AT_FDCWD, path2, 0);
	if (find(dir, number))
		wanted = -EEXIST;
	else if (is_dir(name->node))
		wanted = -EPERM;
	CHECK_EQ(err, wanted);
	if (!err)
		add_name(dir, number, name->node);
}

/* What a rename must answer. */
static int rename_answer(const struct name *from, const struct node *dir, const struct name *to, unsigned flags)
{
	struct node *node = from->node;

	if (to && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!to && (flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (is_dir(node) && is_below(dir, node))
		return -EINVAL;
	if (to && is_dir(to->node) && is_below(from->dir, to->node))
		return flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	if (!to || to->node == node || (flags & RENAME_EXCHANGE))
		return 0;
	if (is_dir(node) && !is_dir(to->node))
		return -ENOTDIR;
	if (!is_dir(node) && is_dir(to->node))
		return -EISDIR;
	return is_dir(to->node) && count_in(to->node) ? -ENOTEMPTY : 0;
}

static void exchange(struct name *a, struct name *b)
{
	struct node *node = a->node;

	if (is_dir(node)) {
		a->dir->links--;
		b->dir->links++;
		node->parent = b->dir;
	}
	if (is_dir(b->node)) {
		b->dir->links--;
		a->dir->links++;
		b->node->parent = a->dir;
	}
	a->node = b->node;
	b->node = node;
}

static void step_rename(void)
{
	static const unsigned all_flags[] = { 0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE };
	struct name *from = random_name(), *to;
	struct node *dir = random_dir(), *node;
	unsigned number = (unsigned)test_random_below(NAME_POOL);
	unsigned flags = all_flags[test_random_below(5)];
	int wanted;

	if (!from)
		return;
	to = find(dir, number);
	write_path(from->dir, from->number, path);
	write_path(dir, number, path2);
	if (too_long(path) || too_long(path2))
		return;
	wanted = rename_answer(from, dir, to, flags);
	CHECK_EQ(vfs_rename(&ctx, AT_FDCWD, path, AT_FDCWD, path2, flags), wanted);
	if (wanted || (to && to->node == from->node))
		return;
	if (flags & RENAME_EXCHANGE) {
		exchange(from, to);
		return;
	}
	if (to)
		drop_name(to);
	node = from->node;
	if (is_dir(node))
		from->dir->links--;
	else
		node->links--;
	from->dir = NULL;
	add_name(dir, number, node);
}

static void attribute_value(unsigned size, unsigned seed)
{
	for (unsigned i = 0; i < size; i++)
		buffer[i] = (char)(seed + i * 7);
}

static void step_attribute(void)
{
	struct name *name = random_name();
	unsigned number = (unsigned)test_random_below(ATTRIBUTES), seed = (unsigned)test_random_below(256);
	unsigned size = (unsigned)test_random_below(test_random_below(3) ? 40 : 150);
	struct xattr_change change = { .value = buffer, .size = size };
	char text[32];
	struct path at;
	int err;

	if (!name || !(is_dir(name->node) || is_file(name->node)))
		return;
	write_path(name->dir, name->number, path);
	if (too_long(path))
		return;
	sprintf(text, "user.attribute%.*s", (int)number * 2, "longer-names");
	change.name = text;
	CHECK_EQ(path_lookup(&ctx, AT_FDCWD, path, 0, &at), 0);
	if (test_random_below(3)) {
		attribute_value(size, seed);
		err = vfs_setxattr(&cred_root, &at, &change);
		CHECK_EQ(err, 0);
		name->node->attributes[number].size = size;
		name->node->attributes[number].seed = seed;
		name->node->attributes[number].set = true;
	} else {
		err = vfs_removexattr(&cred_root, &at, text);
		CHECK_EQ(err, name->node->attributes[number].set ? 0 : -ENODATA);
		name->node->attributes[number].set = false;
	}
	path_put(&at);
}

static void step_mode(void)
{
	struct name *name = random_name();
	uint32_t mode = (uint32_t)test_random_below(01000) | 0700;
	struct iattr attr = { .valid = ATTR_MODE, .mode = mode };
	struct path at;

	if (!name || (name->node->mode & S_IFMT) == S_IFLNK)
		return;
	write_path(name->dir, name->number, path);
	if (too_long(path))
		return;
	CHECK_EQ(path_lookup(&ctx, AT_FDCWD, path, 0, &at), 0);
	CHECK_EQ(vfs_setattr(&ctx, &at, &attr), 0);
	path_put(&at);
	name->node->mode = (name->node->mode & S_IFMT) | mode;
}

/* Make the model's file size bytes long. */
static void resize(struct node *node, unsigned size)
{
	node->content = realloc(node->content, size + 1);
	if (size > node->size)
		memset(node->content + node->size, 0, size - node->size);
	node->size = size;
}

/* Holes, zeroes, ranges moved: fallocate(2) on the model's content. */
static void model_fallocate(struct node *node, int mode, unsigned at, unsigned size)
{
	unsigned end = at + size;

	if (mode == FALLOC_FL_COLLAPSE_RANGE) {
		memmove(node->content + at, node->content + end, node->size - end);
		resize(node, node->size - size);
		return;
	}
	if (mode == FALLOC_FL_INSERT_RANGE) {
		unsigned tail = node->size - at;

		resize(node, node->size + size);
		memmove(node->content + end, node->content + at, tail);
		memset(node->content + at, 0, size);
		return;
	}
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > node->size)
		resize(node, end);
	end = end < node->size ? end : node->size;
	if ((mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE)) && at < end)
		memset(node->content + at, 0, end - at);
}

static void step_fallocate(void)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_ZERO_RANGE,
				     FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, FALLOC_FL_COLLAPSE_RANGE,
				     FALLOC_FL_INSERT_RANGE };
	unsigned kind = (unsigned)test_random_below(8), at, size, unit = 1;
	struct name *name = random_name();
	struct file *file;
	long err;

	if (!test.write || !name || !is_file(name->node))
		return;
	write_path(name->dir, name->number, path);
	if (too_long(path))
		return;
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDWR, 0, 0, &file), 0);
	if (kind >= 6)
		unit = file->inode->sb->block_size;
	at = (unsigned)test_random_below(CONTENT - 12000) / unit * unit;
	size = (1 + (unsigned)test_random_below(11000)) / unit * unit;
	if (kind == 7 && name->node->size + size > CONTENT)
		size = 0;
	if (size) {
		err = file->ops->fallocate(file, modes[kind], at, size);
		if ((kind == 6 && at + size >= name->node->size) || (kind == 7 && at >= name->node->size))
			CHECK(err == -EINVAL || err == -EOPNOTSUPP);
		else if (err != -EOPNOTSUPP)		/* block maps have holes only */
			CHECK_EQ(err, 0);
		if (!err)
			model_fallocate(name->node, modes[kind], at, size);
		if (test_random_below(20) == 0)
			CHECK_EQ(file->ops->fsync(file, 0, INT64_MAX, false), 0);
	}
	fput(file);
}

static void step_content(void)
{
	struct name *name = random_name();
	unsigned at, size, kind = (unsigned)test_random_below(4);
	struct file *file;

	if (getenv("NO_WRITE") || !test.write || !name || !is_file(name->node))
		return;
	write_path(name->dir, name->number, path);
	if (too_long(path))
		return;
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDWR, 0, 0, &file), 0);
	at = (unsigned)test_random_below(test_random_below(2) ? 200 : CONTENT);
	size = (unsigned)test_random_below(CONTENT - at < 9000 ? CONTENT - at : 9000);
	if (kind < 2) {
		attribute_value(size, at);
		CHECK_EQ(file_kernel_write(file, buffer, size, at), size);
		if (size && at + size > name->node->size)
			resize(name->node, at + size);
		if (size)
			memcpy(name->node->content + at, buffer, size);
	} else if (kind == 2) {
		CHECK_EQ(vfs_truncate(&ctx, &file->path, at), 0);
		resize(name->node, at);
	} else {
		unsigned left = at < name->node->size ? name->node->size - at : 0;

		size = size < left ? size : left;
		CHECK_EQ(file_kernel_read(file, buffer, size, at), size);
		CHECK_MEM(buffer, name->node->content + at, size);
	}
	fput(file);
}

/* --- Comparing ------------------------------------------------------------------------------------ */

struct counter {
	struct dir_context ctx;
	unsigned count, room;
};

static bool count_one(struct dir_context *dir, const char *name, unsigned len, uint64_t ino, unsigned type, loff_t next)
{
	struct counter *counter = container_of(dir, struct counter, ctx);

	CHECK(len && ino && type && next > dir->pos && name);
	if (!counter->room)
		return false;
	counter->room--;
	counter->count++;
	return true;
}

static unsigned list_count(struct file *file)
{
	struct counter counter = { .ctx = { .emit = count_one } };
	unsigned before;

	do {
		before = counter.count;
		counter.room = 5;
		CHECK_EQ(file->ops->iterate(file, &counter.ctx), 0);
	} while (counter.count > before);
	return counter.count - 2;
}

static void compare_attributes(const struct node *node)
{
	char text[32], value[200];
	struct path at;

	CHECK_EQ(path_lookup(&ctx, AT_FDCWD, path, 0, &at), 0);
	for (unsigned i = 0; i < ATTRIBUTES; i++) {
		ssize_t got;

		sprintf(text, "user.attribute%.*s", (int)i * 2, "longer-names");
		got = vfs_getxattr(&cred_root, &at, text, value, sizeof(value));
		CHECK_EQ(got, node->attributes[i].set ? (ssize_t)node->attributes[i].size : -ENODATA);
		attribute_value(node->attributes[i].size, node->attributes[i].seed);
		if (got > 0)
			CHECK_MEM(value, buffer, (size_t)got);
	}
	path_put(&at);
}

static void compare_name(const struct name *name)
{
	const struct node *node = name->node;
	struct file *file;
	struct kstat st;

	write_path(name->dir, name->number, path);
	if (too_long(path))
		return;
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, path, 0, &st), 0);
	CHECK_EQ(st.mode, node->mode);
	CHECK_EQ(st.nlink, node->links);
	if ((node->mode & S_IFMT) == S_IFLNK) {
		CHECK_EQ(st.size, node->size);
		CHECK_EQ(vfs_readlink(&ctx, AT_FDCWD, path, buffer, sizeof(buffer)), node->size);
		CHECK_MEM(buffer, node->content, node->size);
		return;
	}
	compare_attributes(node);
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDONLY, 0, 0, &file), 0);
	if (is_dir(node)) {
		CHECK_EQ(list_count(file), count_in(node));
	} else {
		CHECK_EQ(st.size, node->size);
		CHECK_EQ(file_kernel_read(file, buffer, CONTENT, 0), node->size);
		if (node->size)
			CHECK_MEM(buffer, node->content, node->size);
	}
	fput(file);
}

static void compare_all(void)
{
	for (unsigned i = 0; i < NAMES; i++) {
		if (names[i].dir)
			compare_name(&names[i]);
	}
}

/* --- In the kernel -------------------------------------------------------------------------------- */

static void start(void)
{
	disk.name = "vda";
	disk.path = test.image;
	disk.can_discard = true;
	host_disk_register(&disk);
	ctx.fs = fs_state_create();
	ctx.cred = &cred_root;
	ctx.fsize_limit = UINT64_MAX;
	CHECK(ctx.fs);
	CHECK_EQ(vfs_mount_root(&ctx, "none", "tmpfs", 0, NULL), 0);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "/vol", 0755), 0);
	CHECK_EQ(vfs_mknod(&ctx, AT_FDCWD, "/vda", S_IFBLK | 0600, bdev_get("vda")->dev), 0);
	CHECK_EQ(vfs_mount(&ctx, "/vda", "/vol", "ext4", 0, test.mount_options), 0);
	CHECK_EQ(vfs_chdir(&ctx, "/vol"), 0);
	if (vfs_mkdir(&ctx, AT_FDCWD, "try", 0755) == -EROFS)
		test_skip("volumes are mounted read-only until blocks can be allocated");
	CHECK_EQ(vfs_rmdir(&ctx, AT_FDCWD, "try"), 0);
}

static void mount_again(void)
{
	CHECK_EQ(vfs_chdir(&ctx, "/"), 0);
	CHECK_EQ(vfs_umount(&ctx, "/vol", 0), 0);
	CHECK_EQ(vfs_mount(&ctx, "/vda", "/vol", "ext4", 0, test.mount_options), 0);
	CHECK_EQ(vfs_chdir(&ctx, "/vol"), 0);
}

/* Unmounted, the disk goes to its file. */
static void finish(void)
{
	FILE *out;

	CHECK_EQ(vfs_chdir(&ctx, "/"), 0);
	CHECK_EQ(vfs_umount(&ctx, "/vol", 0), 0);
	out = fopen(test.image, "r+b");
	CHECK(out);
	CHECK_EQ(fwrite(disk.data, 1, disk.size, out), disk.size);
	CHECK_EQ(fclose(out), 0);
}

static void forget_cached_names(void)
{
	struct path root;

	CHECK_EQ(path_lookup(&ctx, AT_FDCWD, ".", 0, &root), 0);
	d_shrink_sb(root.dentry->sb);
	inode_drop_unused(ULONG_MAX);
	path_put(&root);
}

static void random_steps(void)
{
	static void (*const kinds[])(void) = {
		step_make, step_make, step_make, step_remove, step_remove, step_link, step_rename, step_rename,
		step_attribute, step_mode, step_content, step_content, step_content,
		step_fallocate,
	};

	alarm(60 + test.steps / 500);
	start();
	nodes[0] = (struct node){ .mode = S_IFDIR | 0755, .links = 3 };
	for (unsigned i = 1; i <= test.steps; i++) {
		kinds[test_random_below(sizeof(kinds) / sizeof(kinds[0]))]();
		if (i % 500 == 0)
			forget_cached_names();
		if (i % 1000 == 0)
			super_sync_all();
		if (i % 5000 == 0)
			mount_again();
		if (i % 2500 == 0)
			compare_all();
	}
	compare_all();
	finish();
}

static void many_steps(const char *mke2fs_options, const char *mount_options)
{
	const char *steps = getenv("STEPS");

	make_volume(mke2fs_options);
	test.steps = steps ? (unsigned)atol(steps) : 20000;
	test.write = !getenv("NO_WRITE");
	test.mount_options = mount_options;
	ktest_run(&options, random_steps);
	check_volume();
}

TEST(random_default) { many_steps("", NULL); }
TEST(random_1k_large_dir) { many_steps("-b 1024 -O large_dir", NULL); }
TEST(random_inline_data) { many_steps("-O inline_data -I 512", NULL); }
TEST(random_no_journal) { many_steps("-O ^has_journal", NULL); }
TEST(random_no_csum_small_inodes) { many_steps("-O ^metadata_csum,^64bit -I 128", NULL); }
TEST(random_block_map) { many_steps("-O ^extents,^64bit -b 2048", NULL); }
TEST(random_no_index) { many_steps("-O ^dir_index", NULL); }
TEST(random_data_journal) { many_steps("-J size=8", "data=journal"); }
TEST(random_data_journal_1k) { many_steps("-b 1024 -O inline_data,^extents,^64bit -J size=4", "data=journal"); }
TEST(random_nodelalloc) { many_steps("-b 1024", "nodelalloc,discard"); }
