; SPDX-License-Identifier: MIT
;
; trampoline: from the firmware's long mode to the common last steps (common/enter.inc).
;
; main.c copies trampoline_size bytes from trampoline_start into struct handover_block, which lies below
; 4 GiB, and calls it there with RDI = struct handover (System V convention). It loads a GDT of
; its own, then goes through compatibility mode, where the firmware's paging can be switched off.

%include "loader/common/enter.inc"

	global trampoline_start, trampoline_size

	section .text
	bits 64
	align 16
trampoline_start:
	cli
	mov rbx, rdi
	lea rax, [rel gdt]
	mov [rel gdt_register + 2], rax
	lgdt [rel gdt_register]
	lea rax, [rel compat]
	push SEL_CODE32
	push rax
	o64 retf

	bits 32
compat:
	ENTER_KERNEL

	align 8
gdt:	BOOT_GDT
gdt_register:
	dw BOOT_GDT_SIZE - 1
	dq 0
trampoline_end:

	section .rodata align=8
trampoline_size:
	dq trampoline_end - trampoline_start

	section .note.GNU-stack noalloc noexec nowrite progbits
