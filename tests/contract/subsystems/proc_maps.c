/* SPDX-License-Identifier: MIT */
/*
 * /proc/self/maps: format, stack, heap, a new mapping with its rights, file mappings with
 * offset and name.
 */
#include "lib/contract.h"

static char maps[262144];

static bool find(uintptr_t start, char *perms, unsigned long *end, unsigned long *offset, char *name)
{
	REQUIRE(read_file("/proc/self/maps", maps, sizeof(maps)) > 0);
	for (char *line = maps; line && *line; line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		unsigned long from, inode;
		unsigned int major, minor;
		int n = 0;

		REQUIRE(sscanf(line, "%lx-%lx %4s %lx %x:%x %lu%n", &from, end, perms, offset, &major, &minor,
			       &inode, &n) == 7);
		n += (int)strspn(line + n, " ");
		snprintf(name, 256, "%.*s", (int)strcspn(line + n, "\n"), line + n);
		if (from == start)
			return true;
	}
	return false;
}

void contract_main(void)
{
	char perms[8], name[256], cwd[PATH_MAX], want[PATH_MAX + 16];
	unsigned long end, offset;
	char *p, *f, local;
	int fd;

	tmp_dir();
	REQUIRE(getcwd(cwd, sizeof(cwd)));
	p = mmap(NULL, 5 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p += PAGE;
	REQUIRE(mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE) == 0);
	CHECK(find((uintptr_t)p, perms, &end, &offset, name), "a new mapping appears");
	CHECK_INT(end, (uintptr_t)p + 3 * PAGE, "with its end");
	CHECK_STR(perms, "rw-p", "and rights");
	CHECK_STR(name, "", "and no name");
	REQUIRE(munmap(p, 3 * PAGE) == 0);
	CHECK(!find((uintptr_t)p, perms, &end, &offset, name), "unmapped it is gone");
	write_file("mapped file", "x", 1);
	fd = REQUIRE_OK(open("mapped file", O_RDWR));
	f = mmap(NULL, 3 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 2 * PAGE);
	REQUIRE(f != MAP_FAILED && find((uintptr_t)f, perms, &end, &offset, name));
	CHECK_STR(perms, "r-xs", "a shared file mapping");
	CHECK_INT(offset, 2 * PAGE, "with its offset");
	snprintf(want, sizeof(want), "%s/mapped file", cwd);
	CHECK_STR(name, want, "and its file");
	REQUIRE((long)syscall(SYS_brk, syscall(SYS_brk, 0) + PAGE) > 0);
	REQUIRE(read_file("/proc/self/maps", maps, sizeof(maps)) > 0);
	CHECK(strstr(maps, "[heap]\n"), "[heap]");
	CHECK(strstr(maps, "[stack]\n"), "[stack]");
	for (char *line = strstr(maps, "[stack]"); line > maps && line[-1] != '\n'; line--)
		p = line - 1;
	CHECK(strtoul(p, NULL, 16) <= (uintptr_t)&local, "which holds this stack");
}
