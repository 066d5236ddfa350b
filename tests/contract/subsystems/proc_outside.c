/* SPDX-License-Identifier: MIT */
/*
 * Links and names in /proc of what lies outside of the reader's root, or in a mount namespace that it left: from their
 * own root, without "(unreachable)", which is getcwd's.
 */
#include "lib/contract.h"

#include <sched.h>
#include <sys/mount.h>

static char exe[PATH_MAX];

static const char *link_text(const char *name)
{
	static char text[PATH_MAX];
	ssize_t n = readlink(name, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static int left_namespace(void *arg)
{
	if (unshare(CLONE_NEWNS) != 0)
		return 77;
	CHECK_STR(link_text("/proc/self/exe"), exe, "exe after unshare(CLONE_NEWNS)");
	return 0;
}

static int in_chroot(void *arg)
{
	char line[512] = "", where[PATH_MAX], fd[32];
	FILE *maps;

	REQUIRE(getcwd(where, sizeof(where)));
	snprintf(fd, sizeof(fd), "/proc/self/fd/%d", REQUIRE_OK(open("file", O_RDONLY)));
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return 77;
	REQUIRE(mount("proc", "jail/proc", "proc", 0, NULL) == 0);
	REQUIRE(chroot("jail") == 0);
	CHECK_STR(link_text("/proc/self/exe"), exe, "exe outside of the root");
	CHECK_STR(link_text("/proc/self/cwd"), where, "cwd outside of the root");
	strcat(where, "/file");
	CHECK_STR(link_text(fd), where, "an open file outside of the root");
	maps = fopen("/proc/self/maps", "r");
	REQUIRE(maps && fgets(line, sizeof(line), maps));
	CHECK(strstr(line, exe) && !strstr(line, "unreachable"), "maps");
	return 0;
}

void contract_main(void)
{
	need_root();
	strcpy(exe, link_text("/proc/self/exe"));
	tmp_dir();
	write_file("file", "", 0);
	REQUIRE(mkdir("jail", 0755) == 0 && mkdir("jail/proc", 0755) == 0);
	CHECK_EXIT(left_namespace, NULL, 0, "the first child ends well");
	CHECK_EXIT(in_chroot, NULL, 0, "the second child ends well");
}
