/* SPDX-License-Identifier: MIT */
/* PR_SET_MM and PR_SET_MM_MAP tell /proc and brk(2) where things lie; PR_SET_THP_DISABLE. */
#include "lib/contract.h"

#include <sys/prctl.h>

/* Field `nr` of /proc/self/stat. */
static unsigned long stat_field(int nr)
{
	static char text[2048];
	char *at;

	REQUIRE(read_file("/proc/self/stat", text, sizeof(text)) > 0);
	at = strrchr(text, ')');
	for (int i = 2; i < nr; i++)
		at = strchr(at + 1, ' ');
	return strtoul(at + 1, NULL, 10);
}

static struct prctl_mm_map now(void)
{
	return (struct prctl_mm_map){
		.start_code = stat_field(26), .end_code = stat_field(27), .start_stack = stat_field(28),
		.start_data = stat_field(45), .end_data = stat_field(46), .start_brk = stat_field(47),
		.brk = (unsigned long)syscall(SYS_brk, 0), .arg_start = stat_field(48), .arg_end = stat_field(49),
		.env_start = stat_field(50), .env_end = stat_field(51), .exe_fd = (unsigned)-1,
	};
}

static int set_map(struct prctl_mm_map *map)
{
	return prctl(PR_SET_MM, PR_SET_MM_MAP, map, sizeof(*map), 0);
}

static int rename_by_map(void *arg)
{
	static const char name[] = "another name";
	char *title = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct prctl_mm_map map = now(), bad;
	char text[64];
	unsigned size = 0;

	(void)arg;
	CHECK_INT(prctl(PR_SET_MM, PR_SET_MM_MAP_SIZE, &size, 0, 0), 0, "PR_SET_MM_MAP_SIZE");
	CHECK_INT(size, sizeof(map), "is that of the structure");
	REQUIRE(title != MAP_FAILED);
	strcpy(title, name);
	map.arg_start = (unsigned long)title;
	map.arg_end = map.arg_start + sizeof(name);
	CHECK_INT(set_map(&map), 0, "PR_SET_MM_MAP");
	CHECK_INT(read_file("/proc/self/cmdline", text, sizeof(text)), sizeof(name), "cmdline is the new text");
	CHECK_STR(text, name, "which it shows");
	bad = map;
	bad.start_code = bad.end_code;
	CHECK_ERR(set_map(&bad), EINVAL, "code without a byte");
	bad = map;
	bad.arg_start = 0;
	CHECK_ERR(set_map(&bad), EINVAL, "arguments at 0");
	bad = map;
	bad.brk = bad.start_brk - 1;
	CHECK_ERR(set_map(&bad), EINVAL, "a heap that ends before it starts");
	CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map) - 8, 0), EINVAL, "another size");
	CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_MAP, bad_pointer(), sizeof(map), 0), EFAULT, "a bad pointer");
	CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 1), EINVAL, "a fifth argument");
	return 0;
}

static int one_by_one(void *arg)
{
	static char page[PAGE] = "x";
	unsigned long end = stat_field(51);

	(void)arg;
	if (prctl(PR_SET_MM, PR_SET_MM_ENV_START, stat_field(50), 0, 0) && errno == EPERM) {
		skip("no CAP_SYS_RESOURCE here");
		return 0;
	}
	CHECK_INT(prctl(PR_SET_MM, PR_SET_MM_ENV_END, end - 1, 0, 0), 0, "PR_SET_MM_ENV_END");
	CHECK_INT(stat_field(51), end - 1, "is shown");
	CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_ENV_END, 1UL << 62, 0, 0), EINVAL, "no user address");
	CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_ARG_END, page, 0, 0), EINVAL, "an end before the start");
	CHECK_ERR(prctl(PR_SET_MM, 99, page, 0, 0), EINVAL, "an unknown field");
	CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_ENV_END, end, 1, 0), EINVAL, "a fourth argument");
	return 0;
}

static int unprivileged(void *arg)
{
	(void)arg;
	REQUIRE(setuid(54321) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
	CHECK_ERR(prctl(PR_SET_MM, PR_SET_MM_ENV_END, stat_field(51), 0, 0), EPERM, "a field needs CAP_SYS_RESOURCE");
	return 0;
}

static bool thp_enabled(void)
{
	static char text[8192];

	REQUIRE(read_file("/proc/self/status", text, sizeof(text)) > 0);
	return strstr(text, "THP_enabled:\t1\n") != NULL;
}

static int inherits(void *arg)
{
	(void)arg;
	CHECK_INT(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1, "a child has it");
	CHECK_INT(run_role("get", NULL, NULL, NULL), 1 << 8, "and the program it executes");
	return 0;
}

int contract_role(const char *role, int argc, char **argv)
{
	(void)role, (void)argc, (void)argv;
	return prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0);
}

void contract_main(void)
{
	need_root();
	CHECK_EXIT(rename_by_map, NULL, 0, "PR_SET_MM_MAP");
	CHECK_EXIT(one_by_one, NULL, 0, "PR_SET_MM");
	CHECK_EXIT(unprivileged, NULL, 0, "without rights");
	CHECK(thp_enabled(), "huge pages are enabled");
	CHECK_INT(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0, "PR_GET_THP_DISABLE");
	CHECK_ERR(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 1), EINVAL, "with something behind");
	CHECK_ERR(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 1), EINVAL, "PR_SET_THP_DISABLE, too");
	CHECK_INT(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0, "PR_SET_THP_DISABLE");
	CHECK(!thp_enabled(), "status says so");
	CHECK_EXIT(inherits, NULL, 0, "children");
	CHECK_INT(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0, "and back");
	CHECK(thp_enabled(), "as it was");
}
