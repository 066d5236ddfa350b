/* SPDX-License-Identifier: MIT */
/* cgroup2: groups are folders; which files they have, what rmdir and the limits of the tree refuse. */
#include <dirent.h>

#include "lib/cgroup.h"

static void check_files(void)
{
	static const char *const files[] = {
		"cgroup.procs", "cgroup.threads", "cgroup.controllers", "cgroup.subtree_control", "cgroup.stat",
		"cgroup.max.depth", "cgroup.max.descendants", "cgroup.type", "cgroup.events", "cgroup.kill",
	};
	struct stat st;

	for (unsigned i = 0; i < ARRAY_SIZE(files); i++)
		CHECK(stat(cg_path("", files[i]), &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0, "%s", files[i]);
	CHECK(stat(cg_path("", "cgroup.kill"), &st) == 0 && (st.st_mode & 07777) == 0200, "cgroup.kill: write only");
	CHECK(stat(cg_path("", "cgroup.procs"), &st) == 0 && (st.st_mode & 07777) == 0644, "cgroup.procs");
	CHECK(stat(cg_path("", "../cgroup.procs"), &st) == 0, "the root has cgroup.procs");
	CHECK_ERR(stat(cg_path("", "../cgroup.events"), &st), ENOENT, "the root has no cgroup.events");
	CHECK_ERR(stat(cg_path("", "../cgroup.type"), &st), ENOENT, "nor cgroup.type");
	CHECK_STR(cg_read("", "cgroup.type"), "domain\n", "type");
	CHECK_INT(cg_value("", "cgroup.events", "populated "), 0, "nobody in it");
	CHECK_STR(cg_read("", "cgroup.procs"), "", "cgroup.procs is empty");
	CHECK_STR(cg_read("", "cgroup.max.depth"), "max\n", "no limit of depth");
}

static void check_removal(void)
{
	struct stat st;

	REQUIRE_OK(mkdir(cg_path("a", ""), 0700));
	CHECK(stat(cg_path("a", ""), &st) == 0 && (st.st_mode & 07777) == 0700, "mode of mkdir");
	CHECK_ERR(mkdir(cg_path("a", ""), 0755), EEXIST, "twice");
	CHECK_ERR(mkdir(cg_path("a\nb", ""), 0755), EINVAL, "a name with a line break");
	CHECK_ERR(rmdir(cg_path("", "")), EBUSY, "a group with a child");
	CHECK(stat(cg_path("", ""), &st) == 0 && st.st_nlink == 3, "a link for each child");
	CHECK_OK(rmdir(cg_path("a", "")), "an empty group");
	CHECK_ERR(rmdir(cg_path("a", "")), ENOENT, "twice");
	CHECK_ERR(open(cg_path("", "new"), O_CREAT | O_WRONLY, 0600), EACCES, "files cannot be made");
	CHECK_ERR(unlink(cg_path("", "cgroup.procs")), EPERM, "nor removed");
	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	CHECK_ERR(rename(cg_path("a", ""), cg_path("b", "")), EPERM, "nor groups renamed");
	REQUIRE_OK(rmdir(cg_path("a", "")));
}

static void check_limits(void)
{
	REQUIRE(cg_write("", "cgroup.max.depth", "0") > 0);
	CHECK_ERR(mkdir(cg_path("a", ""), 0755), EAGAIN, "deeper than max.depth");
	CHECK_INT(cg_write("", "cgroup.max.depth", "\n 1\t\n"), 5, "blanks around a number");
	CHECK_STR(cg_read("", "cgroup.max.depth"), "1\n", "max.depth is read back");
	CHECK_ERR(cg_write("", "cgroup.max.depth", "1\n1"), EINVAL, "two numbers");
	CHECK_ERR(cg_write("", "cgroup.kill", " 2 "), ERANGE, "a wrong number with blanks");
	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	CHECK_ERR(mkdir(cg_path("a/b", ""), 0755), EAGAIN, "it counts below");
	REQUIRE(cg_write("", "cgroup.max.depth", "max\n") > 0);
	REQUIRE(cg_write("", "cgroup.max.descendants", "2") > 0);
	REQUIRE_OK(mkdir(cg_path("a/b", ""), 0755));
	CHECK_INT(cg_value("", "cgroup.stat", "nr_descendants "), 2, "descendants");
	CHECK_ERR(mkdir(cg_path("c", ""), 0755), EAGAIN, "more than max.descendants");
	CHECK_ERR(cg_write("", "cgroup.max.depth", "-1"), ERANGE, "less than 0");
	CHECK_ERR(cg_write("", "cgroup.max.depth", "x"), EINVAL, "no number");
	cg_remove("a/b");
	cg_remove("a");
}

static void check_control(void)
{
	CHECK_ERR(cg_write("", "cgroup.subtree_control", "+bogus"), EINVAL, "a controller there is not");
	CHECK_ERR(cg_write("", "cgroup.subtree_control", "pids"), EINVAL, "without a sign");
	CHECK_STR(cg_read("", "cgroup.subtree_control"), "", "nothing is enabled");
	CHECK_STR(cg_read("", "cgroup.controllers"), "", "nothing was given");
	CHECK_ERR(cg_write("", "cgroup.type", "bogus"), EINVAL, "no such type");
	CHECK_ERR(cg_write("", "cgroup.type", "domain"), EINVAL, "a domain cannot be asked for");
	CHECK_ERR(cg_write("", "cgroup.kill", "2"), ERANGE, "cgroup.kill takes 1");
	CHECK_ERR(cg_write("", "cgroup.kill", "x"), EINVAL, "cgroup.kill takes a number");
	CHECK_ERR(cg_write("", "cgroup.procs", "4194300"), ESRCH, "nobody of that number");
	CHECK_ERR(cg_write("", "cgroup.procs", "-1"), EINVAL, "a negative number");
	CHECK_ERR(cg_write("", "cgroup.procs", "x"), EINVAL, "no number");
}

/* Owners and modes that were set stay, also when nobody has the file open. */
static void check_attributes(void)
{
	struct stat st, again;

	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	CHECK_OK(chown(cg_path("a", ""), 65534, 65534), "chown of a group");
	CHECK_OK(chown(cg_path("a", "cgroup.procs"), 65534, 1), "chown of a file");
	CHECK_OK(chmod(cg_path("a", "cgroup.procs"), 0664), "chmod of a file");
	CHECK(stat(cg_path("a", "cgroup.procs"), &st) == 0 && st.st_uid == 65534 && st.st_gid == 1 &&
	      (st.st_mode & 07777) == 0664, "they are seen");
	CHECK(stat(cg_path("a", "cgroup.threads"), &st) == 0 && st.st_uid == 0, "of that file only");
	CHECK(stat(cg_path("a", ""), &st) == 0 && stat(cg_path("a", ""), &again) == 0 && st.st_ino == again.st_ino &&
	      st.st_uid == 65534, "the same group, its owner");
	cg_remove("a");
}

/* A file that was open when its group went. */
static void check_dead(void)
{
	char c;
	int fd, dir;

	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	fd = REQUIRE_OK(open(cg_path("a", "cgroup.procs"), O_RDWR));
	dir = REQUIRE_OK(open(cg_path("a", ""), O_RDONLY | O_DIRECTORY));
	cg_remove("a");
	CHECK_ERR(read(fd, &c, 1), ENODEV, "reading a file of a group that is gone");
	CHECK_ERR(write(fd, "0", 1), ENODEV, "writing it");
	CHECK_ERR(openat(dir, "cgroup.procs", O_RDONLY), ENOENT, "it has no files");
	CHECK_ERR(mkdirat(dir, "b", 0755), ENOENT, "no children either");
	close(dir);
	close(fd);
}

void contract_main(void)
{
	cg_setup();
	check_files();
	check_removal();
	check_limits();
	check_control();
	check_attributes();
	check_dead();
	cg_cleanup();
}
