/* SPDX-License-Identifier: MIT */
/* Cgroup namespaces: their members see one group as the root, in /proc and when they mount cgroup2. */
#include <sys/wait.h>

#include "lib/cgroup.h"

static ino_t ns_inode(void)
{
	struct stat st;

	REQUIRE_OK(stat("/proc/self/ns/cgroup", &st));
	return st.st_ino;
}

static int in_namespace(void *arg)
{
	int outside = open("/proc/self/ns/cgroup", O_RDONLY);
	ino_t before = ns_inode();
	char mnt[100];

	(void)arg;
	REQUIRE_OK(cg_put("a", 0));
	CHECK_OK(unshare(CLONE_NEWCGROUP), "unshare");
	CHECK(ns_inode() != before, "another namespace");
	CHECK_STR(cg_of("self"), "/", "where it was is its root");
	REQUIRE_OK(cg_put("a/in", 0));
	CHECK_STR(cg_of("self"), "/in", "below");
	REQUIRE_OK(cg_put("b", 0));
	CHECK_STR(cg_of("self"), "/../b", "outside");
	CHECK_STR(cg_of("1"), "/../..", "process 1 is above");
	snprintf(mnt, sizeof(mnt), "%s/ns", tmp_dir());
	REQUIRE_OK(mkdir(mnt, 0755));
	CHECK_OK(mount("none", mnt, "cgroup2", 0, NULL), "mount in it");
	strcat(mnt, "/in/cgroup.procs");
	CHECK(access(mnt, F_OK) == 0, "it starts at the namespace's root");
	REQUIRE_OK(cg_put("a/in", getpid()));
	{
		char buf[64];

		CHECK(read_file(mnt, buf, sizeof(buf)) > 0 && atoi(buf) == getpid(), "and shows the same groups");
	}
	*strrchr(mnt, '/') = 0;
	*strrchr(mnt, '/') = 0;
	CHECK_OK(umount(mnt), "umount");
	CHECK_OK(setns(outside, CLONE_NEWCGROUP), "setns");
	CHECK_INT(ns_inode() == before, 1, "back in the first");
	return 0;
}

void contract_main(void)
{
	cg_setup();
	if (access("/proc/self/ns/cgroup", F_OK))
		skip_all("no cgroup namespaces");
	REQUIRE_OK(mkdir(cg_path("a", ""), 0755));
	REQUIRE_OK(mkdir(cg_path("b", ""), 0755));
	REQUIRE_OK(mkdir(cg_path("a/in", ""), 0755));
	if (strcmp(cg_of("1"), "/"))
		skip_all("process 1 is not in the root");
	CHECK_EXIT(in_namespace, NULL, 0, "a member of a namespace");
	cg_remove("a/in");
	cg_remove("a");
	cg_remove("b");
	cg_cleanup();
}
