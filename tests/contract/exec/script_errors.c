/* SPDX-License-Identifier: MIT */
/* #!: missing, unusable and empty interpreters give execve's exact error. */
#include "lib/contract.h"

#include "lib/elf_image.h"

static void try(const char *line, int want, const char *text)
{
	unlink("script");
	write_file("script", line, strlen(line));
	REQUIRE(chmod("script", 0755) == 0);
	CHECK_INT(exec_result("./script"), want ? 0x10000 + want : 42 << 8, "%s: %s", text,
		  want ? strerror(want) : "runs");
}

void contract_main(void)
{
	struct elf_image image;

	tmp_dir();
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_exit_code(&image, 42);
	elf_write(&image, "good");
	write_file("plain", "x", 1);
	try("#!./good\n", 0, "a relative interpreter");
	try("#!./good", 0, "a line that ends with the file");
	try("#!./nothing\n", ENOENT, "a missing interpreter");
	try("#!./good\r\n", ENOENT, "a carriage return is part of the name");
	try("#!\n", ENOEXEC, "no interpreter");
	try("#!   \t \n", ENOEXEC, "only blanks");
	try("#!./plain\n", EACCES, "an interpreter without execute permission");
	try("#!.\n", EACCES, "a folder");
	try("#!./good/x\n", ENOTDIR, "a path through a file");
	try(" #!./good\n", ENOEXEC, "a blank before #!");
	REQUIRE(chmod("script", 0644) == 0);
	CHECK_INT(exec_result("./script"), 0x10000 + EACCES,
		  "a script without execute permission is EACCES");
}
