/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc/PID/ns: text, stat numbers that tell namespaces apart, ioctl, setns refusals; a mount namespace joined
 * by setns; setns by pidfd.
 */
#include "lib/contract.h"

#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/utsname.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static int ready[2];

static void in_namespaces(const char *dir)
{
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("inside", dir, "tmpfs", 0, NULL) || chdir(dir) || sethostname("within", 6))
		_exit(1);
	write_file("file", "x", 1);
	if (write(ready[1], "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static int joins(void *arg)
{
	char *dir = arg, path[300];
	int fd = open("/proc/self/ns/uts", O_RDONLY);

	snprintf(path, sizeof(path), "%s/mnt", dir);
	fd = open(path, O_RDONLY);
	CHECK_INT(setns(fd, CLONE_NEWNS), 0, "setns to a mount namespace");
	CHECK_INT(access(dir + 100, F_OK), 0, "what is mounted there is seen");
	return 0;
}

static int joins_by_pidfd(void *arg)
{
	struct utsname u;

	if (setns(*(int *)arg, CLONE_NEWUTS | CLONE_NEWNS))
		return 1;
	uname(&u);
	CHECK_STR(u.nodename, "within", "setns by pidfd joins several");
	return 0;
}

static int unprivileged(void *arg)
{
	int fd = open("/proc/self/ns/uts", O_RDONLY);

	if (setresuid(65534, 65534, 65534))
		return 1;
	CHECK_ERR(setns(fd, 0), EPERM, "without privilege setns is EPERM");
	return 0;
}

void contract_main(void)
{
	char dir[400] = "", text[64] = "", path[64], byte;
	struct stat own, again, other;
	int fd, pidfd, null = open("/dev/null", O_RDONLY);
	pid_t pid;

	need_root();
	tmp_dir();
	REQUIRE(mkdir("mnt", 0700) == 0 && getcwd(dir + 100, 200));
	strcat(dir + 100, "/mnt");
	REQUIRE(pipe(ready) == 0);
	pid = fork_child();
	if (pid == 0)
		in_namespaces(dir + 100);
	REQUIRE(read(ready[0], &byte, 1) == 1);
	snprintf(dir, 100, "/proc/%d/ns", (int)pid);
	CHECK_INT(stat("/proc/self/ns/uts", &own), 0, "stat");
	CHECK_INT(stat("/proc/self/ns/uts", &again), 0, "twice");
	CHECK(own.st_ino == again.st_ino && own.st_dev == again.st_dev, "gives the same numbers");
	snprintf(path, sizeof(path), "/proc/%d/ns/uts", (int)pid);
	CHECK_INT(stat(path, &other), 0, "of the other process");
	CHECK(own.st_ino != other.st_ino && own.st_dev == other.st_dev, "another number");
	REQUIRE(readlink("/proc/self/ns/uts", text, 63) > 0);
	snprintf(path, sizeof(path), "uts:[%lu]", (unsigned long)own.st_ino);
	CHECK_STR(text, path, "the link's text has it");
	fd = open("/proc/self/ns/uts", O_RDONLY);
	CHECK_INT(ioctl(fd, NS_GET_NSTYPE), CLONE_NEWUTS, "NS_GET_NSTYPE");
	CHECK_ERR(setns(fd, CLONE_NEWPID), EINVAL, "another type is EINVAL");
	CHECK_ERR(setns(null, 0), EINVAL, "another file is EINVAL");
	CHECK_ERR(setns(999, 0), EBADF, "a closed descriptor is EBADF");
	strcat(dir + 100, "/file");
	CHECK_ERR(access(dir + 100, F_OK), ENOENT, "the mount inside is not seen here");
	CHECK_EXIT(joins, dir, 0, "the joining child ends well");
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	CHECK_ERR(setns(pidfd, 0), EINVAL, "a pidfd without flags is EINVAL");
	CHECK_EXIT(joins_by_pidfd, &pidfd, 0, "the child that joins by pidfd ends well");
	CHECK_EXIT(unprivileged, NULL, 0, "the unprivileged child ends well");
	kill(pid, SIGKILL);
	wait_status(pid);
}
