/* SPDX-License-Identifier: MIT */
/*
 * ext4, read: volumes that mke2fs made are mounted by the hosted kernel, and every file is what the host has in the
 * folder the volume was made from. Then journals, damage, and what is refused.
 *
 * A volume and a list of what is in it ("find -printf") are made by the host's tools in the test's own process; the
 * kernel, in its child, compares.
 */
#include "disk.h"
#include "kernel.h"

#include "abi/fcntl.h"
#include "abi/stat.h"
#include "lib/err.h"
#include "mm/iov.h"
#include "mm/slab.h"
#include "sync/completion.h"
#include "vfs/acl.h"
#include "vfs/cred.h"
#include "vfs/dentry.h"
#include "vfs/file.h"
#include "vfs/inode.h"
#include "vfs/namei.h"
#include "vfs/stat.h"
#include "vfs/super.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE	8192

static struct {
	char folder[64];		/* scratch */
	char image[96];
	char *list;			/* of the tree, one line a file */
	int mount_error;		/* wanted from mounting */
	unsigned flips;			/* bytes to damage before mounting */
	const char *read_path, *read_text;	/* a file and what it must hold */
} test;

static const struct host_options options = { .nr_cpus = 1, .ram_size = 128 << 20 };

__attribute__((__format__(__printf__, 1, 2))) static char *command(const char *format, ...)
{
	char text[4096];
	size_t size;
	va_list ap;
	char *out;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	out = test_command(text, &size);
	out = realloc(out, size + 1);
	out[size] = '\0';
	return out;
}

/* One of everything: sizes, holes, hard links, links of all lengths, long names, folders small and large. */
static const char tree_script[] =
	"set -e; mkdir tree; cd tree; mkdir -p a/b/c/d empty few many long; : > none; printf x > one\n"
	"head -c 4096 /dev/zero | tr '\\0' b > block; head -c 5000 /dev/urandom > a/b/c/d/x\n"
	"head -c 3145745 /dev/urandom > large; ln large a/link; ln large a/b/link\n"
	"put() { printf \"$2\" | dd of=$1 bs=1 seek=$3 conv=notrunc 2>/dev/null; }\n"
	"put sparse middle 20000000; put sparse end 40000000\n"
	"for i in $(seq 0 700); do put comb $i $((i * 12800)); done\n"
	"for n in 5 59 60 100 1000; do ln -s $(head -c $n /dev/zero | tr '\\0' t) link$n; done\n"
	"ln -s nowhere dangling; ln -s a/b/c/d/x through; mkfifo fifo; chmod 4751 one; chmod 1777 empty\n"
	"touch -d '2040-01-02 03:04:05.123456789' one; touch -d '1903-01-02 03:04:05' none\n"
	"(cd few; seq 1 60 | sed 's/^/entry-/' | xargs touch)\n"
	"(cd many; seq 1 4000 | sed 's/^/entry-number-/' | xargs touch)\n"
	"n=$(head -c 250 /dev/zero | tr '\\0' n); (cd long; seq 101 300 | sed \"s/^/$n/\" | xargs touch)\n"
	"if [ $(id -u) = 0 ]; then mknod null c 1 3; mknod disk b 259 300; chown 70000:80000 block; fi\n";

static void remove_folder(void)
{
	char text[128];

	snprintf(text, sizeof(text), "rm -rf %s", test.folder);
	if (system(text))
		fprintf(stderr, "cannot remove %s\n", test.folder);
}

/* Once for the program; the kernel's child processes leave by _exit() and remove nothing. */
static void make_tree(void)
{
	if (*test.folder)
		return;
	test_make_folder(test.folder, sizeof(test.folder));
	atexit(remove_folder);
	snprintf(test.image, sizeof(test.image), "%s/image", test.folder);
	free(command("cat > %s/script <<'END'\n%sEND\n", test.folder, tree_script));
	free(command("cd %s && sh script", test.folder));
}

/* Make the tree, and a volume of it by mke2fs with these options. */
static void make_volume(const char *mke2fs_options)
{
	make_tree();
	free(command("cd %s && rm -f image && truncate -s 64M image && mke2fs -q -F -L volume -d tree %s image 2>&1 && "
		     "{ e2fsck -fyD image >log 2>&1 || [ $? -le 1 ]; }", test.folder, mke2fs_options));
	test.list = command("cd %s/tree && find . -mindepth 1 -printf '%%y %%m %%U %%G %%s %%n %%T@ %%p\\t%%l\\n'",
			    test.folder);
}

static void forget_volume(void)
{
	free(test.list);
	test.list = NULL;
}

/* --- In the kernel -------------------------------------------------------------------------------- */

static struct vfs_ctx ctx;

static int mount_volume(const char *source)
{
	ctx.fs = fs_state_create();
	ctx.cred = &cred_root;
	CHECK(ctx.fs);
	return vfs_mount_root(&ctx, source, "ext4", SB_RDONLY, NULL);
}

static struct host_disk disk;

static int start(void)
{
	disk.name = "vda";
	disk.path = test.image;
	host_disk_register(&disk);
	return mount_volume("/dev/vda");
}

static FILE *host_file(const char *path)
{
	char full[LINE];

	snprintf(full, sizeof(full), "%s/tree/%s", test.folder, path);
	return fopen(full, "rb");
}

static void compare_content(const char *path)
{
	static char ours[65536], theirs[65536];
	FILE *host = host_file(path);
	struct file *file;
	loff_t pos = 0;
	ssize_t got;

	CHECK(host);
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDONLY, 0, LOOKUP_FOLLOW, &file), 0);
	do {
		size_t wanted = fread(theirs, 1, sizeof(theirs), host);

		got = file_kernel_read(file, ours, sizeof(ours), pos);
		CHECK_EQ(got, wanted);
		CHECK_MEM(ours, theirs, wanted);
		pos += got;
	} while (got > 0);
	fput(file);
	fclose(host);
}

/* S_IFDIR and so on: the UAPI header leaves them to glibc, which cannot be included beside it. */
static uint32_t type_bits(char type)
{
	switch (type) {
	case 'd': return 0040000;
	case 'l': return 0120000;
	case 'p': return 0010000;
	case 'c': return 0020000;
	case 'b': return 0060000;
	default: return 0100000;
	}
}

static void compare_line(char *line)
{
	static char text[LINE];
	char type, *path, *target;
	unsigned mode, uid, gid, links;
	long long size, seconds;
	char fraction[16];
	int used;
	struct kstat st;

	CHECK_EQ(sscanf(line, "%c %o %u %u %lld %u %lld.%10[0-9] %n", &type, &mode, &uid, &gid, &size, &links, &seconds,
			fraction, &used), 8);
	path = line + used;
	target = strchr(path, '\t');
	*target++ = '\0';
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, path, 0, &st), 0);
	CHECK_EQ(st.mode, type_bits(type) | mode);
	CHECK_EQ(st.uid, uid);
	CHECK_EQ(st.gid, gid);
	if (type != 'd') {
		CHECK_EQ(st.size, size);
		CHECK_EQ(st.nlink, links);
	}
	if (type == 'l') {
		CHECK_EQ(vfs_readlink(&ctx, AT_FDCWD, path, text, sizeof(text)), size);
		CHECK_MEM(text, target, (size_t)size);
	}
	if (type == 'f')
		compare_content(path);
}

struct names {
	struct dir_context ctx;
	unsigned count;
	unsigned room;			/* entries taken before the receiver is full */
};

static bool take_name(struct dir_context *dir, const char *name, unsigned len, uint64_t ino, unsigned type, loff_t next)
{
	struct names *names = container_of(dir, struct names, ctx);

	CHECK_GT(len, 0);
	CHECK_LE(len, 255);
	CHECK_GT(ino, 0);
	CHECK_LE(type, 14);
	CHECK_GT(next, dir->pos);
	CHECK(!memchr(name, '/', len));
	if (!names->room)
		return false;
	names->room--;
	names->count++;
	return true;
}

/* Listed in pieces, as getdents does, a folder has each entry once. */
static unsigned count_names(const char *path)
{
	struct names names = { .ctx = { .emit = take_name } };
	struct file *file;
	unsigned before;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, LOOKUP_FOLLOW, &file), 0);
	do {
		before = names.count;
		names.room = 7;
		CHECK_EQ(file->ops->iterate(file, &names.ctx), 0);
	} while (names.count > before);
	fput(file);
	return names.count;
}

static void compare_all(void)
{
	char *line, *rest = test.list;
	struct kstat st;

	CHECK_EQ(start(), 0);
	while ((line = strsep(&rest, "\n")) && *line)
		compare_line(line);
	CHECK_EQ(count_names("many"), 4002);
	CHECK_EQ(count_names("few"), 62);
	CHECK_EQ(count_names("long"), 202);
	CHECK_EQ(count_names("empty"), 2);
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "many/entry-number-4001", 0, &st), -ENOENT);
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "one/x", 0, &st), -ENOTDIR);
	CHECK_EQ(vfs_mkdir(&ctx, AT_FDCWD, "new", 0755), -EROFS);
}

static void compare_volume(const char *mke2fs_options)
{
	make_volume(mke2fs_options);
	ktest_run(&options, compare_all);
	forget_volume();
}

TEST(default_volume) { compare_volume("-t ext4"); }
TEST(blocks_of_1k) { compare_volume("-t ext4 -b 1024"); }
TEST(blocks_of_2k_small_inodes) { compare_volume("-t ext4 -b 2048 -I 128"); }
TEST(ext2_block_map) { compare_volume("-t ext2 -b 1024"); }
TEST(ext3_block_map) { compare_volume("-t ext3 -b 4096"); }
TEST(inline_data) { compare_volume("-t ext4 -O inline_data"); }
TEST(old_group_checksums) { compare_volume("-t ext4 -O ^metadata_csum,uninit_bg"); }
TEST(no_64bit) { compare_volume("-t ext4 -O ^64bit"); }
TEST(meta_block_groups) { compare_volume("-t ext4 -b 1024 -O meta_bg,^resize_inode"); }
TEST(checksum_seed) { compare_volume("-t ext4 -O metadata_csum_seed -U clear"); }
TEST(large_folders) { compare_volume("-t ext4 -b 1024 -O large_dir"); }
TEST(no_index) { compare_volume("-t ext4 -O ^dir_index"); }
TEST(no_file_types) { compare_volume("-t ext4 -O ^filetype,^has_journal"); }
TEST(tea_hash) { compare_volume("-t ext4 -E hash_seed=01234567-89ab-cdef-0123-456789abcdef"); }

/* --- Extended attributes -------------------------------------------------------------------------- */

static void read_attributes(void)
{
	static char value[4096];
	static const char acl_wanted[] = "\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\4\0\xe8\3\0\0"
					 "\4\0\4\0\xff\xff\xff\xff\x10\0\4\0\xff\xff\xff\xff\x20\0\0\0\xff\xff\xff\xff";
	struct inode *inode;
	struct path path;

	CHECK_EQ(start(), 0);
	CHECK_EQ(path_lookup(&ctx, AT_FDCWD, "one", 0, &path), 0);
	inode = d_inode(path.dentry);
	CHECK_EQ(inode->ops->getxattr(inode, "user.small", value, sizeof(value)), 5);
	CHECK_MEM(value, "value", 5);
	CHECK_EQ(inode->ops->getxattr(inode, "user.small", NULL, 0), 5);
	CHECK_EQ(inode->ops->getxattr(inode, "user.small", value, 4), -ERANGE);
	CHECK_EQ(inode->ops->getxattr(inode, "user.large", value, sizeof(value)), 500);
	CHECK_EQ(value[499], 'l');
	CHECK_EQ(inode->ops->getxattr(inode, "user.none", value, sizeof(value)), -ENODATA);
	CHECK_EQ(inode->ops->getxattr(inode, "strange", value, sizeof(value)), -EOPNOTSUPP);
	CHECK_EQ(inode->ops->getxattr(inode, "user", value, sizeof(value)), -EOPNOTSUPP);
	CHECK_EQ(inode->ops->getxattr(inode, "system.posix_acl_access", value, sizeof(value)), -EOPNOTSUPP);
	CHECK_EQ(posix_acl_getxattr(inode, POSIX_ACL_ACCESS, value, sizeof(value)), sizeof(acl_wanted) - 1);
	CHECK_MEM(value, acl_wanted, sizeof(acl_wanted) - 1);
	CHECK_EQ(inode->ops->listxattr(inode, NULL, 0), 11 + 11 + 24 + 20);
	CHECK_EQ(inode->ops->listxattr(inode, value, 20), -ERANGE);
	CHECK_EQ(inode->ops->listxattr(inode, value, sizeof(value)), 11 + 11 + 24 + 20);
	path_put(&path);
}

TEST(extended_attributes)
{
	make_volume("-t ext4");
	free(command("cd %s && head -c 500 /dev/zero | tr '\\0' l > large_value && "
		     "printf '\\2\\0\\0\\0\\1\\0\\6\\0\\377\\377\\377\\377\\2\\0\\4\\0\\350\\3\\0\\0"
		     "\\4\\0\\4\\0\\377\\377\\377\\377\\020\\0\\4\\0\\377\\377\\377\\377"
		     "\\040\\0\\0\\0\\377\\377\\377\\377' > acl && "
		     "printf 'ea_set one user.small value\\nea_set -f large_value one user.large\\n"
		     "ea_set -f acl one system.posix_acl_access\\nea_set one security.capability xyz\\n' | "
		     "debugfs -w -f - image 2>&1", test.folder));
	ktest_run(&options, read_attributes);
	forget_volume();
}

/* --- Journal -------------------------------------------------------------------------------------- */

static void read_one(void)
{
	static char text[8192];
	struct file *file;
	size_t length = strlen(test.read_text);

	CHECK_EQ(start(), 0);
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, test.read_path, O_RDONLY, 0, 0, &file), 0);
	CHECK_GE(file_kernel_read(file, text, sizeof(text), 0), length);
	CHECK_MEM(text, test.read_text, length);
	fput(file);
	CHECK_EQ(disk.writes, 0);
}

/* debugfs writes a transaction that changes the block of a file; the volume then needs recovery. */
static void replay(const char *mke2fs_options, const char *open, const char *more)
{
	make_volume(mke2fs_options);
	free(command("cd %s && { printf 'after the crash'; head -c 4081 /dev/zero; } > new && "
		     "block=$(debugfs -R 'blocks /block' image 2>/dev/null | cut -d' ' -f1) && "
		     "printf \"jo %s\\njw -b $block new\\n%sjc\\n\" | debugfs -w -f - image >jlog 2>&1 && "
		     "dumpe2fs -h image 2>/dev/null | grep -q needs_recovery", test.folder, open, more));
	ktest_run(&options, read_one);
	forget_volume();
}

TEST(journal_is_replayed)
{
	test.read_path = "block";
	test.read_text = "after the crash";
	replay("-t ext4", "", "");
}

TEST(journal_with_checksums_is_replayed)
{
	test.read_path = "block";
	test.read_text = "after the crash";
	replay("-t ext4", "-c", "");
}

TEST(journal_without_64bit_is_replayed)
{
	test.read_path = "block";
	test.read_text = "after the crash";
	replay("-t ext4 -O ^64bit,^metadata_csum", "", "");
}

TEST(revoked_blocks_stay)
{
	test.read_path = "block";
	test.read_text = "bbbb";
	replay("-t ext4", "-c", "jw -r $block\\n");
}

/* --- Refusals ------------------------------------------------------------------------------------- */

static void mount_fails(void)
{
	CHECK_EQ(start(), test.mount_error);
}

static void refused(const char *mke2fs_options, const char *change, int error)
{
	make_tree();
	free(command("cd %s && rm -f image && truncate -s 16M image && mke2fs -q -F %s image 2>&1 && %s", test.folder,
		     mke2fs_options, change));
	test.mount_error = error;
	ktest_run(&options, mount_fails);
	forget_volume();
}

TEST(unknown_features_are_refused)
{
	refused("-t ext4 -O encrypt", ":", -EINVAL);
	refused("-t ext4 -O casefold", ":", -EINVAL);
	refused("-t ext4 -O ea_inode", ":", -EINVAL);
}

/* With blocks of 1 KiB it counts from block 0, and is told by its name all the same. */
TEST(bigalloc_can_be_mounted_readonly)
{
	refused("-t ext4 -b 1024 -O bigalloc", ":", 0);
	refused("-t ext4 -b 4096 -O bigalloc", ":", 0);
}

TEST(no_volume_is_refused)
{
	refused("-t ext4", "head -c 16777216 /dev/zero > image", -EINVAL);
	refused("-t ext4", "printf x | dd of=image bs=1 seek=1100 conv=notrunc 2>/dev/null", -EBADMSG);
	refused("-t ext4", "truncate -s 8M image", -EINVAL);
}

/* --- Damage --------------------------------------------------------------------------------------- */

static void touch_all(void)
{
	static char buffer[65536];
	char *line, *rest = test.list;
	struct file *file;
	struct kstat st;

	for (unsigned i = 0; i < 40 && (line = strsep(&rest, "\n")) && *line; i++) {
		char *path = strchr(line, '.');

		path = strstr(line, " ./") + 1;
		*strchr(path, '\t') = '\0';
		/* Any answer but a crash is good. */
		ignore_result(vfs_stat(&ctx, AT_FDCWD, path, LOOKUP_FOLLOW, &st));
		/* likewise */
		ignore_result(vfs_readlink(&ctx, AT_FDCWD, path, buffer, sizeof(buffer)));
		if (vfs_stat(&ctx, AT_FDCWD, path, 0, &st) || (st.mode >> 12 != 010 && st.mode >> 12 != 004))
			continue;
		if (vfs_open(&ctx, AT_FDCWD, path, O_RDONLY, 0, 0, &file))
			continue;
		if (st.mode >> 12 == 010) {
			ignore_result(file_kernel_read(file, buffer, sizeof(buffer), 0));	/* likewise */
			/* likewise */
			ignore_result(file_kernel_read(file, buffer, sizeof(buffer), st.size / 2));
		} else {
			struct names names = { .ctx = { .emit = take_name }, .room = 5000 };

			ignore_result(file->ops->iterate(file, &names.ctx));	/* likewise */
		}
		fput(file);
	}
}

static bool any_name(struct dir_context *dir, const char *name, unsigned len, uint64_t ino, unsigned type, loff_t next)
{
	(void)dir, (void)ino, (void)type, (void)next;
	CHECK(!memchr(name, '/', len) && !memchr(name, '\0', len));
	return true;
}

static int list_folder(const char *path)
{
	struct dir_context names = { .emit = any_name };
	struct file *file;
	int err;

	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, path, O_RDONLY | O_DIRECTORY, 0, LOOKUP_FOLLOW, &file), 0);
	err = file->ops->iterate(file, &names);
	fput(file);
	return err;
}

static void names_are_refused(void)
{
	CHECK_EQ(start(), 0);
	CHECK_EQ(list_folder("few"), -EUCLEAN);
	CHECK_EQ(list_folder("many"), -EUCLEAN);
	CHECK_EQ(list_folder("a"), 0);
}

/* In folders listed by hash and by their blocks. */
TEST(names_that_cannot_be_are_damage)
{
	static const char *const kinds[] = { "-t ext4 -O ^metadata_csum", "-t ext4 -O ^metadata_csum,^dir_index" };
	static const char *const damage[] = { "s:entry-17:ent/y-17:;s:number-23:numb/r-23:",
					      "s:entry-17:ent\\x00y-17:;s:number-23:numb\\x00r-23:" };

	for (unsigned i = 0; i < 4; i++) {
		make_volume(kinds[i / 2]);
		free(command("cd %s && sed -i '%s' image", test.folder, damage[i % 2]));
		ktest_run(&options, names_are_refused);
		forget_volume();
	}
}

static void loops_are_refused(void)
{
	struct kstat st;

	CHECK_EQ(start(), 0);
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "a/self", 0, &st), -EUCLEAN);
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "a/b/up", 0, &st), -ELOOP);
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "a/b/root", 0, &st), -ELOOP);
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "a/b/c", 0, &st), 0);
}

/* Whoever removed such a name would lock the folder twice. */
TEST(folders_that_name_one_above_are_damage)
{
	make_volume("-t ext4");
	free(command("cd %s && printf 'ln a a/self\\nln a a/b/up\\nln / a/b/root\\n' | debugfs -w -f - image 2>&1",
		     test.folder));
	ktest_run(&options, loops_are_refused);
	forget_volume();
}

static uint64_t damage_seed;

static void survive(void)
{
	disk.name = "vda";
	disk.path = test.image;
	disk.data = NULL;
	host_disk_register(&disk);
	for (uint64_t i = 0; i < damage_seed; i++)
		ignore_result((int)test_random());	/* another place each time */
	/* Without checksums damage is believed; most of the meta data lies in the first 4 MiB. */
	for (unsigned i = 0; i < 200; i++)
		disk.data[1024 + test_random_below(4 << 20)] = (char)test_random();
	if (!mount_volume("/dev/vda"))
		touch_all();
}

TEST(damaged_volumes_are_survived)
{
	make_volume("-t ext4 -b 1024 -O ^metadata_csum,^has_journal -N 6000");
	for (damage_seed = 0; damage_seed < 20; damage_seed++)
		ktest_run(&options, survive);
	forget_volume();
	make_volume("-t ext4 -O inline_data,^metadata_csum,^has_journal");
	for (damage_seed = 20; damage_seed < 30; damage_seed++)
		ktest_run(&options, survive);
	forget_volume();
}

static void fail_reads(void)
{
	static char buffer[4096];
	struct file *file;
	struct kstat st;

	CHECK_EQ(start(), 0);
	CHECK_EQ(vfs_open(&ctx, AT_FDCWD, "large", O_RDONLY, 0, 0, &file), 0);
	disk.fail_end = UINT64_MAX;
	CHECK_EQ(file_kernel_read(file, buffer, sizeof(buffer), 0), -EIO);
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "a/b/c", 0, &st), -EIO);
	disk.fail_end = 0;
	CHECK_EQ(file_kernel_read(file, buffer, sizeof(buffer), 0), sizeof(buffer));
	CHECK_EQ(vfs_stat(&ctx, AT_FDCWD, "a/b/c", 0, &st), 0);
	fput(file);
}

TEST(disk_errors_are_reported)
{
	make_volume("-t ext4");
	ktest_run(&options, fail_reads);
	forget_volume();
}

static void find_by_label(void)
{
	disk.name = "vda";
	disk.path = test.image;
	host_disk_register(&disk);
	CHECK_EQ(mount_volume("LABEL=other"), -ENODEV);
	CHECK_EQ(mount_volume("UUID=01234567-89ab-cdef-0123-456789abcde0"), -ENODEV);
	CHECK_EQ(mount_volume("UUID=nonsense"), -ENODEV);
	CHECK_EQ(mount_volume("UUID=01234567-89ab-cdef-0123-456789abcdef"), 0);
}

TEST(label_and_uuid)
{
	make_volume("-t ext4 -U 01234567-89ab-cdef-0123-456789abcdef");
	ktest_run(&options, find_by_label);
	forget_volume();
}
