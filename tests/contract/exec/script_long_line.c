/* SPDX-License-Identifier: MIT */
/*
 * #!: the first 255 bytes count; a cut argument is passed cut, a cut interpreter name is
 * ENOEXEC.
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

int contract_role(const char *role, int argc, char **argv)
{
	return (int)strlen(argv[1]);
}

static void make(const char *start, size_t length, char fill)
{
	char line[1024];

	memset(line, fill, sizeof(line));
	memcpy(line, start, strlen(start));
	line[length] = '\n';
	unlink("script");
	write_file("script", line, length + 1);
	REQUIRE(chmod("script", 0755) == 0);
}

void contract_main(void)
{
	struct elf_image image;

	tmp_dir();
	REQUIRE(symlink(contract_self(), "self") == 0);
	/* "#!./self " are 9 bytes; what fits behind them is passed. */
	make("#!./self @", 100, 'a');
	CHECK_INT(exec_result("./script"), (100 - 9) << 8, "a line of 100 bytes is passed whole");
	make("#!./self @", 255, 'a');
	CHECK_INT(exec_result("./script"), (255 - 9) << 8, "255 bytes and a newline fit");
	make("#!./self @", 300, 'a');
	CHECK_INT(exec_result("./script"), (255 - 9) << 8, "of 300 bytes the first 255 are used");
	make("#!./self", 300, 'x');
	CHECK_INT(exec_result("./script"), 0x10000 + ENOEXEC,
		  "an interpreter name longer than that is ENOEXEC");
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_exit_code(&image, 42);
	elf_write(&image, "good");
	make("#!./good ", 300, ' ');
	CHECK_INT(exec_result("./script"), 42 << 8,
		  "blanks up to the end are no argument, and it runs");
}
