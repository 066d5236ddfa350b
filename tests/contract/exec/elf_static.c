/* SPDX-License-Identifier: MIT */
/*
 * A minimal static ELF runs; bss is zero, also in the last page of the file's data and there up to the end of the
 * page (glibc's loader takes its first memory from there); data is writable.
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

/* Check that the data segment has its byte, that all behind it up to `end` is zero, and store there. */
#define CHECK_DATA(name, end)				\
	".pushsection .rodata\n"			\
	#name ": mov $0x500000, %rbx\n"			\
	"	mov $1, %edi\n"				\
	"	cmpb $0x5a, (%rbx)\n"			\
	"	jne 1f\n"				\
	"	mov $2, %edi\n"				\
	"	lea 0x10(%rbx), %rcx\n"			\
	"0:	cmpb $0, (%rcx)\n"			\
	"	jne 1f\n"				\
	"	movb $1, (%rcx)\n"			\
	"	inc %rcx\n"				\
	"	cmp $" #end ", %rcx\n"			\
	"	jne 0b\n"				\
	"	mov $77, %edi\n"			\
	"1:	mov $231, %eax\n"			\
	"	syscall\n"				\
	#name "_end:\n"					\
	".popsection\n"

extern const char code[], code_end[], page_code[], page_code_end[];
__asm__(CHECK_DATA(code, 0x502800) CHECK_DATA(page_code, 0x501000));

void contract_main(void)
{
	struct elf_image image;

	tmp_dir();
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_exit_code(&image, 42);
	elf_write(&image, "plain");
	CHECK_INT(exec_result("./plain"), 42 << 8, "a static ELF runs");

	elf_code(&image, code, code_end);
	elf_add(&image, (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = PAGE,
				      .p_vaddr = 0x500000, .p_filesz = 0x10, .p_memsz = 0x2800, .p_align = PAGE });
	image.size = 2 * PAGE;
	memset(image.bytes + PAGE, 0x5a, PAGE);
	elf_write(&image, "data");
	CHECK_INT(exec_result("./data"), 77 << 8,
		  "data, and bss zeroed though the file goes on behind");
	image.size = PAGE + 0x10;
	elf_write(&image, "short");
	CHECK_INT(exec_result("./short"), 77 << 8, "the same when the file ends with the data");

	elf_code(&image, page_code, page_code_end);
	image.segments[1].p_memsz = 0x20;
	image.size = 2 * PAGE;
	elf_write(&image, "tail");
	CHECK_INT(exec_result("./tail"), 77 << 8, "a short bss is zero to the end of its page");

	elf_code(&image, code, code_end);
	image.segments[1].p_memsz = 0x2800;
	image.size = PAGE + 0x10;
	image.segments[1].p_flags = PF_R;
	elf_write(&image, "readonly");
	CHECK_INT(exec_result("./readonly"), SIGSEGV,
		  "a store to a segment without PF_W is SIGSEGV");
	image.segments[1].p_flags = PF_R | PF_W;
	image.segments[0].p_flags = PF_R;
	elf_write(&image, "noexec");
	CHECK_INT(exec_result("./noexec"), SIGSEGV, "code in a segment without PF_X is SIGSEGV");
}
