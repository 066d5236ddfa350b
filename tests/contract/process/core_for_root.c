/* SPDX-License-Identifier: MIT */
/*
 * fs.suid_dumpable 2: who changed its rights leaves a core file that is root's, only where the pattern is a whole path,
 * and takes no other file out of its way.
 */
#include "lib/sysctl.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#define PATTERN "/proc/sys/kernel/core_pattern"

static char base[200], path[300];

static void set_pattern(const char *text)
{
	int fd = REQUIRE_OK(open(PATTERN, O_WRONLY));

	REQUIRE(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int crash(void *arg)
{
	struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };

	REQUIRE(setrlimit(RLIMIT_CORE, &rl) == 0 && chdir(base) == 0 && setresuid(1000, 1000, 1000) == 0);
	REQUIRE(prctl(PR_GET_DUMPABLE) == 2);
	abort();
}

void contract_main(void)
{
	long long before;
	char saved[200];
	struct stat st;
	int status;

	need_own_machine();
	before = sysctl_get("fs/suid_dumpable");
	REQUIRE(read_file(PATTERN, saved, sizeof(saved)) > 0);
	snprintf(base, sizeof(base), "%s", tmp_dir());
	REQUIRE(chmod(base, 0777) == 0);
	snprintf(path, sizeof(path), "%s/core", base);
	sysctl_set("kernel/core_uses_pid", 0);
	sysctl_set("fs/suid_dumpable", 2);
	set_pattern(path);
	status = run_child(crash, NULL);
	CHECK(WTERMSIG(status) == SIGABRT && WCOREDUMP(status), "a core file");
	CHECK(stat(path, &st) == 0 && st.st_uid == 0 && (st.st_mode & 07777) == 0600, "it is root's");
	REQUIRE(truncate(path, 7) == 0);
	status = run_child(crash, NULL);
	CHECK(WTERMSIG(status) == SIGABRT && !WCOREDUMP(status), "none where a file is");
	CHECK(stat(path, &st) == 0 && st.st_size == 7, "which is as it was");
	REQUIRE(unlink(path) == 0);
	set_pattern("core");
	status = run_child(crash, NULL);
	CHECK(WTERMSIG(status) == SIGABRT && !WCOREDUMP(status), "none in a folder that the process chose");
	CHECK_ERR(access(path, F_OK), ENOENT, "there is none");
	sysctl_set("fs/suid_dumpable", before);
	set_pattern(saved);
}
