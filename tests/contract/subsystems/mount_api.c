/* SPDX-License-Identifier: MIT */
/*
 * Mounting by descriptors: fsopen, fsconfig, fsmount, move_mount, open_tree, mount_setattr, fspick.
 */
#include "lib/mounts.h"

#include <sys/statfs.h>

enum { SET_FLAG, SET_STRING, CMD_CREATE = 6, CMD_RECONFIGURE = 7 };

struct attr {
	uint64_t set, clear, propagation, userns;
};

#define fsopen(name, flags) ((int)syscall(430, name, flags))
#define fsconfig(fd, cmd, key, value) ((int)syscall(431, fd, cmd, key, value, 0))
#define fsmount(fd, flags, attrs) ((int)syscall(432, fd, flags, attrs))
#define fspick(dir, path, flags) ((int)syscall(433, dir, path, flags))
#define open_tree(dir, path, flags) ((int)syscall(428, dir, path, flags))
#define move_mount(fd, to) ((int)syscall(429, fd, "", AT_FDCWD, to, 4))
#define mount_setattr(path, flags, a) ((int)syscall(442, AT_FDCWD, path, flags, a, sizeof(*(a))))

static void new_mount(void)
{
	struct statfs fs;
	int fd, mnt;

	CHECK_ERR(fsopen("nosuchfs", 0), ENODEV, "an unknown type");
	CHECK_ERR(fsopen("tmpfs", 8), EINVAL, "an unknown flag");
	fd = CHECK_OK(fsopen("tmpfs", 1), "fsopen");
	CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC, "close-on-exec");
	CHECK_ERR(fsmount(fd, 0, 0), EINVAL, "fsmount before it is created");
	CHECK_INT(fsconfig(fd, SET_STRING, "source", "here"), 0, "source");
	CHECK_INT(fsconfig(fd, SET_STRING, "size", "1m"), 0, "an option");
	CHECK_INT(fsconfig(fd, SET_STRING, "mode", "0750"), 0, "another");
	CHECK_ERR(fsconfig(fd, SET_FLAG, "ro", "x"), EINVAL, "a flag has no value");
	CHECK_INT(fsconfig(fd, CMD_CREATE, NULL, NULL), 0, "create");
	CHECK_ERR(fsconfig(fd, CMD_CREATE, NULL, NULL), EBUSY, "once");
	CHECK_ERR(fsmount(fd, 0, 0x30), EINVAL, "a wrong access-time setting");
	mnt = CHECK_OK(fsmount(fd, 1, 2), "fsmount, nosuid");
	CHECK_ERR(fsmount(fd, 0, 0), EBUSY, "once");
	close(fd);
	fd = CHECK_OK(openat(mnt, "made", O_CREAT | O_RDWR, 0600), "it is used before it is mounted");
	close(fd);
	CHECK_INT(move_mount(mnt, "a"), 0, "move_mount");
	CHECK(exists("a/made"), "it is there");
	REQUIRE_OK(statfs("a", &fs));
	CHECK_INT(fs.f_blocks * (uint64_t)fs.f_bsize, 1 << 20, "with its size");
	CHECK_INT(fs.f_flags & 2, 2, "nosuid");
	close(mnt);
	CHECK(exists("a/made"), "and stays when the descriptor goes");
}

static void reconfigure(void)
{
	struct statfs fs;
	int fd = CHECK_OK(fspick(AT_FDCWD, "a", 0), "fspick");

	CHECK_INT(fsconfig(fd, SET_STRING, "size", "2m"), 0, "an option");
	CHECK_INT(fsconfig(fd, CMD_RECONFIGURE, NULL, NULL), 0, "reconfigure");
	REQUIRE_OK(statfs("a", &fs));
	CHECK_INT(fs.f_blocks * (uint64_t)fs.f_bsize, 2 << 20, "has the new size");
	close(fd);
	CHECK_ERR(fspick(AT_FDCWD, "a/made", 0), EINVAL, "fspick of what is no mount");
}

static void trees(void)
{
	int fd, loose;

	REQUIRE_OK(mkdir("a/sub", 0755));
	REQUIRE_OK(mount("s", "a/sub", "tmpfs", 0, NULL));
	write_file("a/sub/f", "x", 1);
	fd = CHECK_OK(open_tree(AT_FDCWD, "a", 0), "open_tree");
	CHECK_INT(fcntl(fd, F_GETFL) & O_PATH, O_PATH, "is an O_PATH descriptor");
	close(fd);
	CHECK_ERR(open_tree(AT_FDCWD, "a", AT_RECURSIVE), EINVAL, "recursive without a clone");
	loose = CHECK_OK(open_tree(AT_FDCWD, "a", 1 | O_CLOEXEC), "a clone");
	CHECK_ERR(openat(loose, "sub/f", O_RDONLY), ENOENT, "without what is mounted in it");
	close(loose);
	loose = CHECK_OK(open_tree(AT_FDCWD, "a", 1 | AT_RECURSIVE), "a recursive clone");
	fd = CHECK_OK(openat(loose, "sub/f", O_RDONLY), "with it");
	close(fd);
	CHECK_INT(move_mount(loose, "b"), 0, "gets a place");
	CHECK(exists("b/sub/f"), "as a whole");
	close(loose);
}

static void attributes(void)
{
	struct attr ro = { .set = 1 }, rw = { .clear = 1 }, bad = { .set = 0x10 }, noatime = { 0x10, 0x70, 0, 0 };
	struct attr shared = { .propagation = MS_SHARED }, exec = { .set = 8 };
	char line[8192];

	REQUIRE_OK(mkdir("t", 0755));
	REQUIRE_OK(mount("t", "t", "tmpfs", 0, NULL));
	REQUIRE_OK(mkdir("t/u", 0755));
	REQUIRE_OK(mount("u", "t/u", "tmpfs", 0, NULL));
	CHECK_INT(mount_setattr("t", 0, &ro), 0, "mount_setattr: read-only");
	CHECK_ERR(mkdir("t/x", 0755), EROFS, "it is");
	CHECK_INT(mkdir("t/u/x", 0755), 0, "what is mounted in it is not");
	CHECK_INT(mount_setattr("t", AT_RECURSIVE, &exec), 0, "recursive: noexec");
	REQUIRE(mount_line("/t/u", line, sizeof(line)));
	CHECK(strstr(line, "noexec"), "reaches it");
	CHECK_INT(mount_setattr("t", 0, &rw), 0, "cleared");
	CHECK_INT(mkdir("t/x", 0755), 0, "writable again");
	CHECK_ERR(mount_setattr("t", 0, &bad), EINVAL, "an access-time setting that is not cleared first");
	CHECK_INT(mount_setattr("t", 0, &noatime), 0, "noatime");
	REQUIRE(mount_line("/t", line, sizeof(line)));
	CHECK(strstr(line, "noatime") && !strstr(line, "relatime"), "is shown");
	CHECK_INT(mount_setattr("t", 0, &shared), 0, "propagation");
	CHECK(mount_group("/t", "shared:") > 0, "is changed");
	CHECK_ERR(mount_setattr("t/x", 0, &ro), EINVAL, "of what is no mount");
}

void contract_main(void)
{
	static const char *const dirs[] = { "a", "b", "c", NULL };

	private_tmpfs();
	make_dirs(dirs);
	new_mount();
	reconfigure();
	trees();
	attributes();
	REQUIRE_OK(chdir("/"));
}
