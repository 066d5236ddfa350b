/* SPDX-License-Identifier: MIT */
/* A malformed ELF header or interpreter gives execve's exact error, and the caller lives. */
#include "lib/contract.h"

#include "lib/elf_image.h"

static struct elf_image image;

static void fresh(void)
{
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_exit_code(&image, 42);
}

static void expect(int want, const char *text)
{
	elf_write(&image, "elf");
	CHECK_INT(exec_result("./elf"), 0x10000 + want, "%s is %s", text, strerror(want));
	fresh();
}

static void header_fields(void)
{
	fresh();
	image.header.e_ident[0] = 0x7e;
	expect(ENOEXEC, "a bad magic");
	image.header.e_type = ET_REL;
	expect(ENOEXEC, "ET_REL");
	image.header.e_type = ET_CORE;
	expect(ENOEXEC, "ET_CORE");
	image.header.e_machine = EM_ARM;
	expect(ENOEXEC, "another machine");
	image.header.e_phentsize = 32;
	expect(ENOEXEC, "a wrong e_phentsize");
	image.header.e_phnum = 0;
	expect(ENOEXEC, "no program header");
	image.header.e_phnum = 1171;
	expect(ENOEXEC, "1171 program headers");
	image.header.e_phoff = 1 << 20;
	expect(ENOEXEC, "e_phoff behind the file");
	image.header.e_phoff = (Elf64_Off)-64;
	expect(ENOEXEC, "a negative e_phoff");
	image.size = 40;
	expect(ENOEXEC, "a file of 40 bytes");
	image.size = 0;
	expect(ENOEXEC, "an empty file");
	image.size = 100;
	expect(ENOEXEC, "program headers cut off");
}

static void interpreters(void)
{
	Elf64_Phdr *interp;

	elf_interp(&image, "/nonexistent/ld.so");
	expect(ENOENT, "a missing interpreter");
	write_file("garbage", "this is not an ELF file, but it is longer than an ELF header by a good bit", 74);
	chmod("garbage", 0755);
	elf_interp(&image, "garbage");
	expect(ELIBBAD, "an interpreter that is no ELF");
	write_file("short", "\177ELF", 4);
	chmod("short", 0755);
	elf_interp(&image, "short");
	expect(EIO, "an interpreter shorter than an ELF header");
	chmod("garbage", 0644);
	elf_interp(&image, "garbage");
	expect(EACCES, "an interpreter without execute permission");
	elf_interp(&image, ".");
	expect(EACCES, "a folder as interpreter");
	interp = elf_interp(&image, "garbage");
	interp->p_filesz--;
	expect(ENOEXEC, "an interpreter name without its 0");
	interp = elf_interp(&image, "x");
	interp->p_filesz = 1;
	expect(ENOEXEC, "an interpreter name of one byte");
	interp = elf_interp(&image, "x");
	interp->p_filesz = 4097;
	expect(ENOEXEC, "an interpreter name above PATH_MAX");
	interp = elf_interp(&image, "x");
	interp->p_offset = 1 << 20;
	expect(EIO, "an interpreter name behind the file");
}

void contract_main(void)
{
	tmp_dir();
	header_fields();
	interpreters();
	elf_write(&image, "elf");
	CHECK_INT(exec_result("./elf"), 42 << 8, "the unchanged file runs");
	CHECK_INT(chmod("elf", 0644), 0, "without execute permission");
	CHECK_INT(exec_result("./elf"), 0x10000 + EACCES, "it is EACCES, for root too");
	write_file("text", "echo hello\n", 11);
	chmod("text", 0755);
	CHECK_INT(exec_result("./text"), 0x10000 + ENOEXEC, "text without #! is ENOEXEC");
}
