/* SPDX-License-Identifier: MIT */
/*
 * Segments that cannot be mapped end the process with SIGSEGV: exec has passed its point of no
 * return.
 */
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
	CHECK_INT(exec_result("./elf"), want, "%s", text);
	fresh();
}

void contract_main(void)
{
	tmp_dir();
	fresh();
	image.segments[0].p_filesz = PAGE + 1;
	image.size = 2 * PAGE;
	expect(SIGSEGV, "p_filesz above p_memsz: SIGSEGV");
	image.segments[0].p_vaddr += 16;
	expect(SIGSEGV, "p_vaddr and p_offset at different places of a page: SIGSEGV");
	image.segments[0].p_vaddr = 0xffffffff80000000UL;
	expect(SIGSEGV, "p_vaddr in the kernel's half: SIGSEGV");
	image.segments[0].p_memsz = 1UL << 62;
	expect(SIGSEGV, "an enormous p_memsz: SIGSEGV");
	image.header.e_entry = 0x700000;
	expect(SIGSEGV, "an entry outside the segments: SIGSEGV");
	image.header.e_entry = 0xffffffff80000000UL;
	expect(SIGSEGV, "an entry in the kernel's half: SIGSEGV");
	image.segments[0].p_type = PT_NULL;
	expect(SIGSEGV, "no PT_LOAD: SIGSEGV");
	image.segments[0].p_offset = 1 << 20;
	image.size = PAGE;
	expect(SIGBUS, "a segment behind the end of file: SIGBUS at its first touch");
	expect(42 << 8, "the unchanged file runs");
}
