/* SPDX-License-Identifier: MIT */
/*
 * AT_PHDR of a non-PIE comes from the segment that holds the headers, not from the first
 * (lesson 14).
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

/* Finds AT_PHDR on the stack, exits with 77 when it is 0x600040 and the memory there is PT_LOAD. */
extern const char code[], code_end[];
__asm__(".pushsection .rodata\n"
	"code:	mov (%rsp), %rax\n"
	"	lea 16(%rsp,%rax,8), %rbx\n"
	"0:	add $8, %rbx\n"
	"	cmpq $0, -8(%rbx)\n"
	"	jne 0b\n"
	"1:	mov $1, %edi\n"
	"	cmpq $0, (%rbx)\n"
	"	je 3f\n"
	"	cmpq $3, (%rbx)\n"
	"	je 2f\n"
	"	add $16, %rbx\n"
	"	jmp 1b\n"
	"2:	mov $2, %edi\n"
	"	mov 8(%rbx), %rcx\n"
	"	cmp $0x600040, %rcx\n"
	"	jne 3f\n"
	"	mov $3, %edi\n"
	"	cmpl $1, (%rcx)\n"
	"	jne 3f\n"
	"	mov $77, %edi\n"
	"3:	mov $231, %eax\n"
	"	syscall\n"
	"code_end:\n"
	".popsection\n");

void contract_main(void)
{
	struct elf_image image;

	tmp_dir();
	/* First segment: code at 0x400000 from the file's second page. Second: the headers at 0x600000. */
	elf_begin(&image, ET_EXEC, 0x400000);
	memcpy(image.bytes + PAGE + ELF_CODE, code, (size_t)(code_end - code));
	image.segments[0].p_offset = PAGE;
	image.size = 2 * PAGE;
	elf_add(&image, (Elf64_Phdr){ .p_type = PT_LOAD, .p_flags = PF_R, .p_vaddr = 0x600000,
				      .p_filesz = PAGE, .p_memsz = PAGE, .p_align = PAGE });
	elf_write(&image, "headers");
	CHECK_INT(exec_result("./headers"), 77 << 8,
		  "AT_PHDR is in the segment that covers e_phoff");
}
