/* SPDX-License-Identifier: MIT */
/*
 * A new program starts with zero registers, an aligned stack, DF clear, argc and argv where the
 * ABI says.
 */
#include "lib/contract.h"

#include "lib/elf_image.h"

/*
 * Exit status: 1 a register is not zero, 2 stack not 16-aligned, 3 DF set, 4 argc is not 2, 77
 * all right.
 */
extern const char code[], code_end[];
__asm__(".pushsection .rodata\n"
	"code:	or %rbx, %rax\n"
	"	or %rcx, %rax\n"
	"	or %rdx, %rax\n"
	"	or %rsi, %rax\n"
	"	or %rdi, %rax\n"
	"	or %rbp, %rax\n"
	"	or %r8, %rax\n"
	"	or %r9, %rax\n"
	"	or %r10, %rax\n"
	"	or %r11, %rax\n"
	"	or %r12, %rax\n"
	"	or %r13, %rax\n"
	"	or %r14, %rax\n"
	"	or %r15, %rax\n"
	"	mov $1, %edi\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	mov $2, %edi\n"
	"	test $15, %spl\n"
	"	jnz 1f\n"
	"	mov $3, %edi\n"
	"	pushfq\n"
	"	pop %rax\n"
	"	test $0x400, %eax\n"
	"	jnz 1f\n"
	"	mov $4, %edi\n"
	"	cmpq $2, (%rsp)\n"
	"	jne 1f\n"
	"	cmpq $0, 24(%rsp)\n"
	"	jne 1f\n"
	"	mov $5, %edi\n"
	"	mov 16(%rsp), %rax\n"
	"	cmpl $0x75677261, (%rax)\n"
	"	jne 1f\n"
	"	mov $77, %edi\n"
	"1:	mov $231, %eax\n"
	"	syscall\n"
	"code_end:\n"
	".popsection\n");

void contract_main(void)
{
	struct elf_image image;

	tmp_dir();
	elf_begin(&image, ET_EXEC, 0x400000);
	elf_code(&image, code, code_end);
	elf_write(&image, "state");
	for (int i = 0; i < 4; i++)
		CHECK_INT(exec_result("./state"), 77 << 8,
			  "registers, stack and flags at the entry");
}
