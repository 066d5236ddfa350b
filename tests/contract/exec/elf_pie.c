/* SPDX-License-Identifier: MIT */
/*
 * An ET_DYN program without interpreter is loaded somewhere page-aligned, with all segments
 * moved alike.
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

/* Adds the data word 4 pages above to its own: exit status is the sum; 99 when not at a page. */
extern const char code[], code_end[];
__asm__(".pushsection .rodata\n"
	"code:	lea code(%rip), %rbx\n"
	"	mov $99, %edi\n"
	"	mov %rbx, %rax\n"
	"	and $0xfff, %eax\n"
	"	cmp $0x400, %eax\n"
	"	jne 1f\n"
	"	sub $0x400, %rbx\n"
	"	mov 0x4010(%rbx), %edi\n"
	"	add $30, %edi\n"
	"	mov %edi, 0x4010(%rbx)\n"
	"1:	mov $231, %eax\n"
	"	syscall\n"
	"code_end:\n"
	".popsection\n");

void contract_main(void)
{
	struct elf_image image;

	tmp_dir();
	elf_begin(&image, ET_DYN, 0);
	elf_code(&image, code, code_end);
	elf_add(&image,
		(Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_offset = PAGE + 16,
				      .p_vaddr = 4 * PAGE + 16, .p_filesz = 4, .p_memsz = 400, .p_align = PAGE });
	image.bytes[PAGE + 16] = 12;
	image.size = 2 * PAGE;
	elf_write(&image, "pie");
	CHECK_INT(exec_result("./pie"), 42 << 8, "code and data keep their distance");
	image.segments[0].p_align = image.segments[1].p_align = 1 << 21;
	elf_write(&image, "aligned");
	CHECK_INT(exec_result("./aligned"), 42 << 8, "with an alignment of 2 MiB as well");
}
