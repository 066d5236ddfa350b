; SPDX-License-Identifier: MIT
;
; stage2: the assembly part of the BIOS second stage: from real mode to the C code (main.c), BIOS
; calls from there, and the way to the kernel.
;
; The boot sector loads this file's image to 0:0x8000 and jumps to its first byte. The C code runs
; in 32-bit protected mode, flat, interrupts off, on a stack of its own. bios_call() drops to real
; mode with interrupts on, on the boot sector's stack below 0x7c00. The 16-bit code and its data
; lie in the first 64 KiB (section .start comes first, see stage2.lds).

%include "loader/common/enter.inc"

	extern stage2_main, image_sectors, bss_start, bss_dwords, stack_top

REAL_STACK	equ 0x7c00

	section .start progbits alloc exec write align=16
	bits 16
start:
	jmp short real
	times 4 - ($ - $$) db 0x90
	db "COR2"
	dw image_sectors

real:
	cli
	cld
	xor eax, eax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov esp, REAL_STACK
	movzx ebx, dl			; BIOS drive
	lgdt [gdt_register]
	mov eax, cr0
	or al, CR0_PE
	mov cr0, eax
	jmp SEL_CODE32:protected

	bits 32
protected:
	call load_data_segments
	mov edi, bss_start
	mov ecx, bss_dwords
	xor eax, eax
	rep stosd
	mov esp, stack_top
	push ebx
	call stage2_main		; does not return
halt:	hlt
	jmp halt

load_data_segments:
	mov ax, SEL_DATA
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	ret

; void bios_call(struct bios_regs *regs, uint32_t vector)
;
; struct bios_regs: eax ebx ecx edx esi edi ebp (32 bits each), ds es flags (16 bits each).
REGS_SIZE	equ 7 * 4 + 3 * 2

	global bios_call
bios_call:
	pushad
	pushfd
	mov [saved_stack], esp
	mov esi, [esp + 40]		; regs
	mov eax, [esp + 44]		; vector
	mov [call_vector], al
	mov edi, call_regs
	mov ecx, REGS_SIZE
	rep movsb
	lidt [real_idt]
	jmp SEL_CODE16:.leave

	bits 16
.leave:	mov ax, SEL_DATA16
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov eax, cr0
	and al, ~CR0_PE & 0xff
	mov cr0, eax
	jmp 0:.real
.real:	xor ax, ax
	mov ss, ax
	mov esp, REAL_STACK
	mov fs, ax
	mov gs, ax
	mov ds, ax
	mov eax, [call_regs + 0]
	mov ebx, [call_regs + 4]
	mov ecx, [call_regs + 8]
	mov edx, [call_regs + 12]
	mov esi, [call_regs + 16]
	mov edi, [call_regs + 20]
	mov ebp, [call_regs + 24]
	mov es, [call_regs + 30]
	mov ds, [call_regs + 28]
	sti
	db 0xcd				; int
call_vector:
	db 0
	cli
	cld
	pushf
	push ds
	push word 0
	pop ds
	pop word [call_regs + 28]
	pop word [call_regs + 32]
	mov [call_regs + 30], es
	mov [call_regs + 0], eax
	mov [call_regs + 4], ebx
	mov [call_regs + 8], ecx
	mov [call_regs + 12], edx
	mov [call_regs + 16], esi
	mov [call_regs + 20], edi
	mov [call_regs + 24], ebp
	lgdt [gdt_register]
	mov eax, cr0
	or al, CR0_PE
	mov cr0, eax
	jmp SEL_CODE32:.back

	bits 32
.back:	mov ax, SEL_DATA
	mov ds, ax
	mov es, ax
	mov fs, ax
	mov gs, ax
	mov ss, ax
	mov esp, [saved_stack]
	mov edi, [esp + 40]
	mov esi, call_regs
	mov ecx, REGS_SIZE
	rep movsb
	popfd
	popad
	ret

; void enter_kernel(const struct handover *handover): does not return
	global enter_kernel
enter_kernel:
	mov ebx, [esp + 4]
	ENTER_KERNEL

	align 8
gdt:	BOOT_GDT
gdt_register:
	dw BOOT_GDT_SIZE - 1
	dd gdt
real_idt:
	dw 0x3ff
	dd 0
saved_stack:
	dd 0
call_regs:
	times REGS_SIZE db 0

	section .note.GNU-stack noalloc noexec nowrite progbits
