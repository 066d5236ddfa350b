/* SPDX-License-Identifier: MIT */
/*
 * The vDSO is mapped readable and executable, not writable, has its line in maps, and survives
 * fork.
 */
#include "lib/contract.h"

#include <sys/auxv.h>

static int read_vdso(void *arg) { return *(volatile unsigned char *)arg; }
static int write_vdso(void *arg) { return *(volatile unsigned char *)arg = 1; }

void contract_main(void)
{
	static char maps[65536];
	char *line, *base = (char *)getauxval(AT_SYSINFO_EHDR);
	unsigned long from = 0, to = 0;
	char perms[8] = "";

	REQUIRE(base);
	CHECK_INT((uintptr_t)base % PAGE, 0, "AT_SYSINFO_EHDR is a page");
	REQUIRE(read_file("/proc/self/maps", maps, sizeof(maps)) > 0);
	line = strstr(maps, "[vdso]");
	REQUIRE(line);
	while (line > maps && line[-1] != '\n')
		line--;
	REQUIRE(sscanf(line, "%lx-%lx %7s", &from, &to, perms) == 3);
	CHECK_INT(from, (uintptr_t)base, "its line in maps starts there");
	CHECK_STR(perms, "r-xp", "with r-xp");
	CHECK_EXIT(read_vdso, base, 0x7f, "a child has it");
	CHECK_SIGNALLED(write_vdso, base, SIGSEGV, "it is not writable");
}
