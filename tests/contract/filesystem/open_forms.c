/* SPDX-License-Identifier: MIT */
/*
 * O_TMPFILE and giving it a name, O_PATH's limits, renameat2's flags, linkat's, preadv2's and pwritev2's, names of
 * 255 bytes, O_APPEND against pwrite, O_DIRECT on a memory file system.
 */
#include "lib/mounts.h"

#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <linux/fs.h>

#define pwritev2(fd, iov, n, pos, flags) syscall(SYS_pwritev2, fd, iov, n, (long)(pos), 0L, flags)
#define preadv2(fd, iov, n, pos, flags) syscall(SYS_preadv2, fd, iov, n, (long)(pos), 0L, flags)
#define renameat2(from, to, flags) ((int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, flags))

static void tmpfile_forms(void)
{
	char proc[64];
	struct stat st;
	int fd;

	CHECK_ERR(open(".", O_TMPFILE | O_RDONLY, 0600), EINVAL, "O_TMPFILE for reading only");
	CHECK_ERR(open("none", O_TMPFILE | O_RDWR, 0600), ENOENT, "in a folder there is not");
	umask(022);
	fd = CHECK_OK(open(".", O_TMPFILE | O_RDWR, 0666), "O_TMPFILE");
	REQUIRE_OK(fstat(fd, &st));
	CHECK_INT(st.st_nlink, 0, "has no name");
	CHECK_INT(st.st_mode & 07777, 0644, "the umask applies");
	REQUIRE(write(fd, "text", 4) == 4);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	CHECK_INT(linkat(AT_FDCWD, proc, AT_FDCWD, "named", AT_SYMLINK_FOLLOW), 0, "gets one through /proc");
	CHECK_INT(linkat(fd, "", AT_FDCWD, "again", AT_EMPTY_PATH), 0, "and by AT_EMPTY_PATH");
	REQUIRE_OK(stat("named", &st));
	CHECK_INT(st.st_nlink, 2, "two links");
	CHECK_INT(st.st_size, 4, "with its content");
	close(fd);
	fd = REQUIRE_OK(open(".", O_TMPFILE | O_RDWR | O_EXCL, 0600));
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	CHECK_ERR(linkat(AT_FDCWD, proc, AT_FDCWD, "excl", AT_SYMLINK_FOLLOW), ENOENT, "not with O_EXCL");
	close(fd);
}

static void path_forms(void)
{
	char buf[8];
	struct stat st;
	int fd, dir;

	fd = CHECK_OK(open("named", O_PATH), "O_PATH");
	CHECK_ERR(read(fd, buf, 1), EBADF, "no read");
	CHECK_ERR(write(fd, buf, 1), EBADF, "no write");
	CHECK_ERR(syscall(SYS_fchmod, fd, 0600), EBADF, "no fchmod");
	CHECK_ERR(syscall(SYS_fchown, fd, 0, 0), EBADF, "no fchown");
	CHECK_ERR(ioctl(fd, 0x5401, buf), EBADF, "no ioctl");
	CHECK_ERR(lseek(fd, 0, SEEK_SET), EBADF, "no lseek");
	CHECK_ERR(fgetxattr(fd, "user.x", buf, 1), EBADF, "no fgetxattr");
	CHECK_ERR((long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), EBADF, "no mmap");
	CHECK_INT(fstat(fd, &st), 0, "fstat");
	CHECK_INT(fcntl(fd, F_GETFL) & (3 | O_PATH), O_PATH, "F_GETFL");
	CHECK_OK(dup2(fd, 99), "dup");
	close(99);
	close(fd);
	REQUIRE_OK(symlink("named", "link"));
	fd = CHECK_OK(open("link", O_PATH | O_NOFOLLOW), "of a link itself");
	CHECK_INT(readlinkat(fd, "", buf, sizeof(buf)), 5, "readlinkat reads it");
	close(fd);
	dir = REQUIRE_OK(open(".", O_PATH));
	CHECK_INT(fchdir(dir), 0, "fchdir");
	CHECK_OK(fd = openat(dir, "named", O_RDONLY), "a start for names");
	close(fd);
	close(dir);
}

static void created_with_slash(void)
{
	REQUIRE_OK(mkdir("folder", 0700));
	REQUIRE_OK(symlink("named/", "slashed"));
	CHECK_ERR(open("named/", O_CREAT | O_WRONLY, 0600), EISDIR, "O_CREAT of a file's name with a slash");
	CHECK_ERR(open("named/", O_CREAT | O_EXCL | O_WRONLY, 0600), EISDIR, "with O_EXCL");
	CHECK_ERR(open("none/", O_CREAT | O_WRONLY, 0600), EISDIR, "of no name");
	CHECK_ERR(open("slashed", O_CREAT | O_WRONLY, 0600), EISDIR, "through a link");
	CHECK_ERR(open("folder/", O_CREAT | O_RDONLY, 0600), EISDIR, "of a folder");
	CHECK_ERR(open("named/x", O_CREAT | O_WRONLY, 0600), ENOTDIR, "below a file");
	CHECK_ERR(open("named/", O_RDONLY), ENOTDIR, "without O_CREAT");
}

static void renames(void)
{
	struct stat a, b, st;

	write_file("a", "1", 1);
	write_file("b", "22", 2);
	REQUIRE(!stat("a", &a) && !stat("b", &b));
	CHECK_ERR(renameat2("a", "b", RENAME_NOREPLACE), EEXIST, "RENAME_NOREPLACE");
	CHECK_INT(renameat2("a", "b", RENAME_EXCHANGE), 0, "RENAME_EXCHANGE");
	REQUIRE_OK(stat("a", &st));
	CHECK_INT(st.st_ino, b.st_ino, "changes them");
	CHECK_ERR(renameat2("a", "none", RENAME_EXCHANGE), ENOENT, "with nothing");
	CHECK_ERR(renameat2("a", "b", RENAME_EXCHANGE | RENAME_NOREPLACE), EINVAL, "both flags");
	CHECK_ERR(renameat2("a", "b", 8), EINVAL, "an unknown one");
	REQUIRE_OK(mkdir("dir", 0755));
	CHECK_INT(renameat2("a", "dir", RENAME_EXCHANGE), 0, "a file and a folder");
	REQUIRE_OK(stat("a", &st));
	CHECK(S_ISDIR(st.st_mode), "change too");
	REQUIRE_OK(renameat2("a", "dir", RENAME_EXCHANGE));
	CHECK_ERR(rename("dir", "dir/in"), EINVAL, "into itself");
	CHECK_ERR(rename("a", "dir"), EISDIR, "a file over a folder");
	CHECK_ERR(rename("dir", "a"), ENOTDIR, "a folder over a file");
}

static void vectors(void)
{
	char one[4] = "abc", two[4] = "def", back[8] = "";
	struct iovec iov[2] = { { one, 3 }, { two, 3 } }, in = { back, 6 };
	int fd = REQUIRE_OK(open("v", O_CREAT | O_RDWR, 0600));

	CHECK_INT(pwritev2(fd, iov, 2, 0, RWF_DSYNC | RWF_SYNC), 6, "pwritev2 with RWF_SYNC");
	CHECK_INT(pwritev2(fd, iov, 1, 0, RWF_APPEND), 3, "RWF_APPEND");
	CHECK_INT(lseek(fd, 0, SEEK_END), 9, "goes to the end");
	REQUIRE_OK(lseek(fd, 0, SEEK_SET));
	CHECK_INT(preadv2(fd, &in, 1, -1, 0), 6, "at the position, with -1");
	CHECK_INT(lseek(fd, 0, SEEK_CUR), 6, "which moves");
	CHECK_STR(back, "abcdef", "what was written");
	CHECK_ERR(preadv2(fd, &in, 1, 0, 0x40000000), EOPNOTSUPP, "an unknown flag");
	CHECK_ERR(preadv2(fd, &in, 1, -2, 0), EINVAL, "a position that is none");
	close(fd);
	fd = REQUIRE_OK(open("v", O_WRONLY | O_APPEND));
	CHECK_INT(pwrite(fd, "z", 1, 0), 1, "pwrite with O_APPEND");
	CHECK_INT(lseek(fd, 0, SEEK_END), 10, "appends, as Linux has it");
	close(fd);
}

void contract_main(void)
{
	char name[258];
	int fd;

	private_tmpfs();
	tmpfile_forms();
	path_forms();
	created_with_slash();
	renames();
	vectors();
	memset(name, 'n', sizeof(name));
	name[255] = 0;
	CHECK_OK(fd = open(name, O_CREAT | O_RDWR, 0600), "a name of 255 bytes");
	close(fd);
	CHECK_INT(unlink(name), 0, "is removed");
	name[255] = 'n';
	name[256] = 0;
	CHECK_ERR(open(name, O_CREAT | O_RDWR, 0600), ENAMETOOLONG, "256");
	CHECK_ERR(mkdir(name, 0700), ENAMETOOLONG, "of a folder");
	CHECK_ERR(open("/dev/null", O_WRONLY | O_DIRECT), EINVAL, "O_DIRECT of a device of characters");
	CHECK_ERR(access(name, F_OK), ENAMETOOLONG, "to look for");
	fd = REQUIRE_OK(open("sparse", O_CREAT | O_RDWR, 0600));
	CHECK_INT(ftruncate(fd, 16L << 40), 0, "a sparse file of 16 TiB");
	CHECK_INT(pwrite(fd, "end", 3, (16L << 40) - 3), 3, "is written at its end");
	CHECK_INT(lseek(fd, 0, SEEK_DATA), (16L << 40) - PAGE, "where its data is");
	close(fd);
	REQUIRE_OK(chdir("/"));
}
