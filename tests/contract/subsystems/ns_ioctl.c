/* SPDX-License-Identifier: MIT */
/* ioctl_ns(2): what kind a namespace is, and the parents of PID namespaces. */
#include "lib/contract.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* A child in a PID namespace of its own asks about its own namespace, whose parent it may not see. */
static int inside(void)
{
	int fd = open("/proc/self/ns/pid", O_RDONLY);

	return ioctl(fd, NS_GET_PARENT) == -1 && errno == EPERM ? 0 : 1;
}

void contract_main(void)
{
	int uts, own, child, parent;
	struct stat a, b;
	char path[64];
	int hold[2];
	pid_t pid;

	need_root();
	uts = REQUIRE_OK(open("/proc/self/ns/uts", O_RDONLY));
	own = REQUIRE_OK(open("/proc/self/ns/pid", O_RDONLY));
	CHECK_INT(ioctl(uts, NS_GET_NSTYPE), CLONE_NEWUTS, "type of a UTS namespace");
	CHECK_INT(ioctl(own, NS_GET_NSTYPE), CLONE_NEWPID, "type of a PID namespace");
	CHECK_ERR(ioctl(uts, NS_GET_PARENT), EINVAL, "a UTS namespace has no parent");
	CHECK_ERR(ioctl(uts, NS_GET_OWNER_UID, &pid), EINVAL, "the owner is a user namespace's");
	CHECK_ERR(ioctl(uts, _IO(0xb7, 0x7f)), ENOTTY, "no such request");
	CHECK_ERR(ioctl(own, NS_GET_PARENT), EPERM, "the parent of our own PID namespace");
	REQUIRE_OK(pipe(hold));
	REQUIRE_OK(unshare(CLONE_NEWPID));
	pid = fork_child();
	if (!pid) {
		char c;

		close(hold[1]);
		read(hold[0], &c, 1);
		_exit(inside());
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/pid", (int)pid);
	child = REQUIRE_OK(open(path, O_RDONLY));
	parent = ioctl(child, NS_GET_PARENT);
	CHECK(parent >= 0, "the parent of a child's namespace");
	REQUIRE_OK(fstat(own, &a));
	CHECK(fstat(parent, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev, "is ours");
	CHECK_INT(fcntl(parent, F_GETFD), FD_CLOEXEC, "closed on exec");
	close(hold[1]);
	CHECK_INT(wait_status(pid), 0, "from inside there is none");
}
