/* SPDX-License-Identifier: MIT */
/*
 * A script's /proc/self/exe is the interpreter, its comm the script's name, AT_EXECFN the
 * script (lesson 5).
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

int contract_role(const char *role, int argc, char **argv)
{
	char link[PATH_MAX] = "", comm[32] = "", cmdline[PATH_MAX] = "", want[PATH_MAX];
	ssize_t size;

	if (!strcmp(role, "again"))
		return 66;
	if (readlink("/proc/self/exe", link, sizeof(link) - 1) < 0 || strcmp(link, getenv("REAL")))
		return 1;
	if (read_file("/proc/self/comm", comm, sizeof(comm)) < 0 || strcmp(comm, "the-script-with\n"))
		return 2;
	if (strcmp((char *)getauxval(AT_EXECFN), "./the-script-with-a-long-name"))
		return 3;
	size = read_file("/proc/self/cmdline", cmdline, sizeof(cmdline));
	snprintf(want, sizeof(want), "%s|@look|./the-script-with-a-long-name|argument|", argv[0]);
	for (ssize_t i = 0; i < size; i++)
		cmdline[i] = cmdline[i] ? cmdline[i] : '|';
	if (strcmp(cmdline, want))
		return 4;
	/* Executing /proc/self/exe runs the interpreter, not the script again. */
	execl("/proc/self/exe", "x", "@again", (char *)NULL);
	return 5;
}

void contract_main(void)
{
	char line[PATH_MAX + 16], real[PATH_MAX] = "";

	tmp_dir();
	REQUIRE(readlink("/proc/self/exe", real, sizeof(real) - 1) > 0);
	setenv("REAL", real, 1);
	REQUIRE(symlink(real, "self") == 0);
	snprintf(line, sizeof(line), "#!./self @look\n");
	write_file("the-script-with-a-long-name", line, strlen(line));
	REQUIRE(chmod("the-script-with-a-long-name", 0755) == 0);
	CHECK_INT(exec_result("./the-script-with-a-long-name"), 66 << 8,
		  "exe, comm, AT_EXECFN, cmdline");
}
