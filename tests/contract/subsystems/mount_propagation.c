/* SPDX-License-Identifier: MIT */
/*
 * Propagation (mount_namespaces(7)): what is mounted below a shared mount comes to be below its peers and slaves, what
 * is unmounted goes; slaves give nothing back; unbindable mounts are not copied; other namespaces take part.
 */
#include "lib/mounts.h"

static int other_namespace(void *arg)
{
	int *pipes = arg;
	char c;

	REQUIRE_OK(unshare(CLONE_NEWNS));
	REQUIRE(write(pipes[1], "x", 1) == 1);
	REQUIRE(read(pipes[2], &c, 1) == 1);
	return exists("shared/new/seen") ? 0 : 1;
}

static void groups(void)
{
	static const char *const dirs[] = { "shared", "peer", "slave", "shslave", "third", NULL };

	make_dirs(dirs);
	REQUIRE_OK(mount("s", "shared", "tmpfs", 0, NULL));
	CHECK_INT(mount_group("/shared", "shared:"), 0, "a mount below a private one is private");
	REQUIRE_OK(mkdir("shared/in", 0755));
	CHECK_INT(mount(NULL, "shared", NULL, MS_SHARED, NULL), 0, "make shared");
	REQUIRE_OK(mount("shared", "peer", NULL, MS_BIND, NULL));
	CHECK(mount_group("/shared", "shared:") > 0, "has a group");
	CHECK_INT(mount_group("/peer", "shared:"), mount_group("/shared", "shared:"), "a bind mount of it is a peer");
	REQUIRE_OK(mount("shared", "slave", NULL, MS_BIND, NULL));
	CHECK_INT(mount(NULL, "slave", NULL, MS_SLAVE, NULL), 0, "make slave");
	CHECK_INT(mount_group("/slave", "master:"), mount_group("/shared", "shared:"), "its master's group");
	CHECK_INT(mount_group("/slave", "shared:"), 0, "none of its own");
	REQUIRE_OK(mount("slave", "shslave", NULL, MS_BIND, NULL));
	REQUIRE_OK(mount(NULL, "shslave", NULL, MS_SHARED, NULL));
	REQUIRE_OK(mount("shslave", "third", NULL, MS_BIND, NULL));
	CHECK_INT(mount_group("/third", "master:"), mount_group("/shared", "shared:"), "a copy of it is a slave");
	CHECK_INT(mount_group("/third", "shared:"), mount_group("/shslave", "shared:"), "and a peer");
}

static void events(void)
{
	REQUIRE_OK(mount("x", "shared/in", "tmpfs", 0, NULL));
	write_file("shared/in/f", "x", 1);
	CHECK(exists("peer/in/f"), "a mount comes to the peer");
	CHECK(exists("slave/in/f"), "to the slave");
	CHECK(exists("shslave/in/f") && exists("third/in/f"), "to the shared slaves");
	CHECK_INT(mount_group("/peer/in", "shared:"), mount_group("/shared/in", "shared:"), "the copies are peers");
	CHECK_INT(mount_group("/slave/in", "master:"), mount_group("/shared/in", "shared:"), "or slaves");
	CHECK_INT(mount_group("/third/in", "shared:"), mount_group("/shslave/in", "shared:"), "slaves that are peers");
	CHECK_INT(umount("peer/in"), 0, "unmount at the peer");
	CHECK(!exists("shared/in/f") && !exists("slave/in/f") && !exists("third/in/f"), "it goes everywhere");
	REQUIRE_OK(mount("y", "slave/in", "tmpfs", 0, NULL));
	write_file("slave/in/g", "x", 1);
	CHECK(!exists("shared/in/g") && !exists("third/in/g"), "a slave gives nothing back");
	REQUIRE_OK(umount("slave/in"));
	REQUIRE_OK(mount("y", "third/in", "tmpfs", 0, NULL));
	write_file("third/in/h", "x", 1);
	CHECK(exists("shslave/in/h") && !exists("slave/in/h"), "among shared slaves it travels");
	CHECK_ERR(mount("third/in", "peer", NULL, MS_MOVE, NULL), EINVAL, "nothing moves away from a shared mount");
	REQUIRE_OK(umount("third/in"));
	CHECK_INT(mount(NULL, "peer", NULL, MS_PRIVATE, NULL), 0, "make private");
	REQUIRE_OK(mount("x", "shared/in", "tmpfs", 0, NULL));
	write_file("shared/in/f", "x", 1);
	CHECK(!exists("peer/in/f"), "out of the group");
	REQUIRE_OK(umount("shared/in"));
	CHECK_INT(mount(NULL, "peer", NULL, MS_UNBINDABLE, NULL), 0, "make unbindable");
	CHECK_ERR(mount("peer", "third", NULL, MS_BIND, NULL), EINVAL, "it cannot be bound");
	CHECK_ERR(mount(NULL, "peer", NULL, MS_SHARED | MS_SLAVE, NULL), EINVAL, "two types at once");
	CHECK_ERR(mount(NULL, "peer/in", NULL, MS_SHARED, NULL), EINVAL, "of what is no mount");
}

void contract_main(void)
{
	int there[2], back[2], pipes[3];
	pid_t pid;
	char c;

	private_tmpfs();
	groups();
	events();
	REQUIRE_OK(mkdir("shared/new", 0755));
	REQUIRE(!pipe(there) && !pipe(back));
	pipes[1] = there[1];
	pipes[2] = back[0];
	pid = fork_child();
	if (!pid)
		_exit(other_namespace(pipes));
	REQUIRE(read(there[0], &c, 1) == 1);
	REQUIRE_OK(mount("n", "shared/new", "tmpfs", 0, NULL));
	write_file("shared/new/seen", "x", 1);
	REQUIRE(write(back[1], "x", 1) == 1);
	CHECK_INT(wait_status(pid), 0, "a mount reaches the copy of the namespace");
	REQUIRE_OK(chdir("/"));
}
