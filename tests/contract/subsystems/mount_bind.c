/* SPDX-License-Identifier: MIT */
/*
 * Bind mounts: of folders and files, recursive or not, read-only by remount, moved; unmounting lazily and with
 * MNT_EXPIRE; a removed mount point of another namespace.
 */
#include "lib/mounts.h"

static int remove_elsewhere(void *arg)
{
	int *pipes = arg;
	char c;

	REQUIRE_OK(unshare(CLONE_NEWNS));
	REQUIRE_OK(mount("x", "gone", "tmpfs", 0, NULL));
	REQUIRE(write(pipes[1], "x", 1) == 1);
	REQUIRE(read(pipes[2], &c, 1) == 1);
	return exists("gone") ? 1 : 0;
}

/* The fourth field of mountinfo: the way from the file system's root, wherever that is mounted. */
static void check_root_of(const char *point, const char *want)
{
	static char text[65536];
	char root[256] = "", at[256], place[PATH_MAX];

	REQUIRE(realpath(point, place));
	REQUIRE(read_file("/proc/self/mountinfo", text, sizeof(text)) > 0);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (sscanf(line, "%*d %*d %*d:%*d %255s %255s", root, at) == 2 && !strcmp(at, place))
			break;
	}
	CHECK_STR(root, want, "mountinfo says what is bound to %s", point);
}

static void binds(void)
{
	static const char *const dirs[] = { "a", "a/sub", "b", "c", "d", NULL };
	struct stat st, other;
	int fd;

	make_dirs(dirs);
	REQUIRE_OK(mount("s", "a/sub", "tmpfs", 0, NULL));
	write_file("a/f", "1", 1);
	write_file("a/sub/g", "2", 1);
	write_file("file", "", 0);
	CHECK_INT(mount("a", "b", NULL, MS_BIND, NULL), 0, "bind");
	CHECK(exists("b/f"), "shows the folder");
	CHECK(!exists("b/sub/g"), "not what is mounted in it");
	check_root_of("b", "/a");
	check_root_of("a/sub", "/");
	CHECK_INT(mount("a", "c", NULL, MS_BIND | MS_REC, NULL), 0, "recursive bind");
	CHECK(exists("c/sub/g"), "shows that too");
	REQUIRE_OK(stat("a/f", &st));
	REQUIRE_OK(stat("b/f", &other));
	CHECK(st.st_dev == other.st_dev && st.st_ino == other.st_ino, "the same file");
	CHECK_ERR(rename("a/f", "b/h"), EXDEV, "rename across two mounts of one file system is EXDEV");
	CHECK_INT(mount("a/f", "file", NULL, MS_BIND, NULL), 0, "bind a file");
	check_root_of("file", "/a/f");
	REQUIRE_OK(stat("file", &other));
	CHECK_INT(other.st_ino, st.st_ino, "shows it");
	CHECK_ERR(unlink("file"), EBUSY, "a file that is a mount point");
	CHECK_ERR(mount("a", "file", NULL, MS_BIND, NULL), ENOTDIR, "a folder on a file");
	CHECK_ERR(mount("missing", "d", NULL, MS_BIND, NULL), ENOENT, "bind of nothing");
	fd = REQUIRE_OK(open("b/f", O_WRONLY));
	CHECK_ERR(mount(NULL, "b", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), EBUSY, "while open for writing");
	close(fd);
	CHECK_INT(mount(NULL, "b", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), 0, "read-only");
	CHECK_ERR(open("b/f", O_WRONLY), EROFS, "refuses writing");
	CHECK_ERR(mkdir("b/new", 0755), EROFS, "and making");
	CHECK_OK(fd = open("a/f", O_WRONLY), "the other mount does not");
	close(fd);
	CHECK_ERR(mount(NULL, "a", NULL, MS_REMOUNT, NULL), EINVAL, "remount of what is no mount point");
	CHECK_INT(umount("file"), 0, "umount the file");
	CHECK_INT(unlink("file"), 0, "which can be removed then");
}

static void moves(void)
{
	char cwd[PATH_MAX];

	CHECK_INT(mount("c", "d", NULL, MS_MOVE, NULL), 0, "move");
	CHECK(exists("d/sub/g") && !exists("c/f"), "takes along what is mounted in it");
	CHECK_ERR(mount("d", "d/sub", NULL, MS_MOVE, NULL), ELOOP, "into itself");
	CHECK_ERR(mount("a", "c", NULL, MS_MOVE, NULL), EINVAL, "what is no mount");
	REQUIRE_OK(chdir("d/sub"));
	CHECK_ERR(umount("../../d"), EBUSY, "with a mount in it");
	CHECK_INT(umount2("../../d", MNT_DETACH), 0, "lazily");
	CHECK(exists("g"), "who is in it stays");
	CHECK_INT(syscall(SYS_getcwd, cwd, sizeof(cwd)), 15, "getcwd tells");
	CHECK_STR(cwd, "(unreachable)/", "that the folder is out of reach");
	REQUIRE_OK(chdir(".."));
	CHECK(exists("g"), "and `..` leads nowhere");
}

void contract_main(void)
{
	int there[2], back[2], pipes[3];
	pid_t pid;
	char c;

	private_tmpfs();
	binds();
	moves();
	REQUIRE_OK(chdir(tmp_dir()));
	REQUIRE_OK(chdir("play"));
	CHECK_ERR(umount2("b", MNT_EXPIRE), EAGAIN, "MNT_EXPIRE marks first");
	CHECK(exists("b/f"), "a use takes the mark away");
	CHECK_ERR(umount2("b", MNT_EXPIRE), EAGAIN, "so it marks again");
	CHECK_INT(umount2("b", MNT_EXPIRE), 0, "and unmounts then");
	CHECK_ERR(umount2("b", MNT_EXPIRE | MNT_DETACH), EINVAL, "not together with MNT_DETACH");
	CHECK_INT(rmdir("b"), 0, "the folder can be removed");
	REQUIRE_OK(mkdir("gone", 0755));
	REQUIRE(!pipe(there) && !pipe(back));
	pipes[1] = there[1];
	pipes[2] = back[0];
	pid = fork_child();
	if (!pid)
		_exit(remove_elsewhere(pipes));
	REQUIRE(read(there[0], &c, 1) == 1);
	CHECK_INT(rmdir("gone"), 0, "a mount point of another namespace can be removed");
	REQUIRE(write(back[1], "x", 1) == 1);
	CHECK_INT(wait_status(pid), 0, "and is gone there");
	REQUIRE_OK(chdir("/"));
}
