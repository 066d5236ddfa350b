; SPDX-License-Identifier: MIT
;
; The kernel's two first instructions.
;
; pvh_entry       32-bit, paging off, EBX = physical address of hvm_start_info (QEMU -kernel, Firecracker).
; payload_entry   64-bit, first 4 GiB identity mapped, RDI = physical address of boot_info (our loaders).
;
; Both run at physical addresses at first. They load the static tables below, which map the first 4 GiB at 0 and in
; the direct map, and the kernel image at its link address; jump to the link address; and call boot_start() with the
; time of entry. boot_start() builds the real tables; the static ones serve again when other CPUs start.

%include "offsets.inc"

KERNEL_BASE	equ 0xffffffff80000000

section .note.GNU-stack progbits noalloc noexec nowrite

global pvh_entry, payload_entry, boot_pml4, boot_stack_bottom, boot_stack_top
extern boot_start, boot_bss_start_phys, boot_bss_dwords

CR0_PE_PG_WP	equ 0x80010033		; PE MP ET NE WP PG
CR4_PAE_PGE	equ 0x000000a0
EFER		equ 0xc0000080
EFER_LME	equ 0x100

section .note.Xen note alloc noexec nowrite align=4
	dd 4, 8, 18			; name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
	db "Xen", 0
	dq pvh_entry - KERNEL_BASE

section .text.boot progbits alloc exec nowrite align=16

bits 32
pvh_entry:
	cli
	cld
	rdtsc
	mov	esi, eax			; entry time in edx:esi across the BSS fill
	mov	edi, boot_bss_start_phys
	mov	ecx, boot_bss_dwords
	xor	eax, eax
	rep	stosd
	mov	esp, boot_stack_top - KERNEL_BASE
	mov	edi, edx			; entry time now in edi:esi
	mov	eax, CR4_PAE_PGE
	mov	cr4, eax
	mov	eax, boot_pml4 - KERNEL_BASE
	mov	cr3, eax
	mov	ecx, EFER
	rdmsr
	or	eax, EFER_LME
	wrmsr
	mov	eax, CR0_PE_PG_WP
	mov	cr0, eax
	lgdt	[boot_gdt_ptr - KERNEL_BASE]
	jmp	dword 0x10:(.long_mode - KERNEL_BASE)

bits 64
.long_mode:
	shl	rdi, 32
	mov	esi, esi
	or	rsi, rdi			; arg 2: cycles at entry
	mov	edi, ebx			; arg 1: physical address
	mov	r8d, 1				; PVH
	mov	rax, .high
	jmp	rax
.high:
	mov	rsp, boot_stack_top
	jmp	start_common

payload_entry:
	cli
	cld
	rdtsc
	shl	rdx, 32
	mov	esi, eax
	or	rsi, rdx
	mov	eax, CR4_PAE_PGE
	mov	cr4, rax
	mov	rax, boot_pml4 - KERNEL_BASE
	mov	cr3, rax
	mov	rax, .high
	jmp	rax
.high:
	mov	eax, CR0_PE_PG_WP
	mov	cr0, rax
	mov	rsp, boot_stack_top
	lgdt	[boot_gdt_ptr_high]
	push	0x10
	mov	rax, .reloaded
	push	rax
	db	0x48				; REX.W: a 64-bit far return
	retf
.reloaded:
	xor	r8d, r8d			; not PVH

start_common:
	mov	eax, 0x18
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	xor	eax, eax
	mov	fs, eax
	mov	gs, eax
	; GS base 0: the per-CPU template itself serves as this CPU's area until boot_start() makes one.
	mov	ecx, MSR_GS_BASE
	xor	eax, eax
	xor	edx, edx
	wrmsr
	mov	edx, r8d			; arg 3: started by PVH
	xor	ebp, ebp
	call	boot_start
	ud2

; --- Other CPUs ---------------------------------------------------------------------------------------
;
; A start-up IPI makes a CPU execute, in real mode, the page it names. boot/ap.c copies ap_trampoline there; it only
; gets the CPU to 32-bit code in the kernel image. From there the way is the boot CPU's, up to finding out which
; CPU this is (APIC id, looked up in ap_apic_ids) and taking the stack that was made for it.

global ap_trampoline, ap_trampoline_end
extern ap_start, ap_apic_ids, ap_stacks, ap_count

bits 16
ap_trampoline:
	cli
	cld
	mov	ax, cs
	mov	ds, ax
	o32 lgdt [.gdt_ptr - ap_trampoline]
	mov	eax, 0x11			; PE, ET
	mov	cr0, eax
	jmp	dword 0x08:(ap_entry32 - KERNEL_BASE)
	align	4
.gdt_ptr:
	dw	31
	dd	boot_gdt - KERNEL_BASE
ap_trampoline_end:

bits 32
ap_entry32:
	mov	eax, 0x18
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	mov	eax, CR4_PAE_PGE
	mov	cr4, eax
	mov	eax, boot_pml4 - KERNEL_BASE
	mov	cr3, eax
	mov	ecx, EFER
	xor	edx, edx
	mov	eax, EFER_LME
	wrmsr
	mov	eax, CR0_PE_PG_WP
	mov	cr0, eax
	jmp	dword 0x10:(.long_mode - KERNEL_BASE)

bits 64
.long_mode:
	mov	rax, .high
	jmp	rax
.high:
	xor	eax, eax
	cpuid
	cmp	eax, 0xb
	jb	.leaf1
	mov	eax, 0xb
	xor	ecx, ecx
	cpuid
	test	ebx, ebx			; 0: the leaf is not implemented
	jnz	.have_id
.leaf1:
	mov	eax, 1
	cpuid
	mov	edx, ebx
	shr	edx, 24
.have_id:
	xor	edi, edi
.search:
	cmp	edi, [ap_count]
	jae	.unknown
	cmp	edx, [ap_apic_ids + rdi * 4]
	je	.found
	inc	edi
	jmp	.search
.unknown:
	cli
	hlt
	jmp	.unknown
.found:
	mov	rsp, [ap_stacks + rdi * 8]
	xor	ebp, ebp
	call	ap_start			; (cpu)
	ud2

section .data.boot_tables progbits alloc noexec write align=4096

; Present, writable, accessed, dirty; + large page.
%define TABLE 0x23
%define LARGE 0xe3

boot_pml4:
	dq boot_pdpt_low - KERNEL_BASE + TABLE
	times 272 dq 0
	dq boot_pdpt_low - KERNEL_BASE + TABLE	; 273: 0xffff888000000000, the direct map
	times 237 dq 0
	dq boot_pdpt_high - KERNEL_BASE + TABLE	; 511
boot_pdpt_low:
	dq boot_pd - KERNEL_BASE + TABLE
	dq boot_pd - KERNEL_BASE + 0x1000 + TABLE
	dq boot_pd - KERNEL_BASE + 0x2000 + TABLE
	dq boot_pd - KERNEL_BASE + 0x3000 + TABLE
	times 508 dq 0
boot_pdpt_high:
	times 510 dq 0
	dq boot_pd - KERNEL_BASE + TABLE	; 0xffffffff80000000
	dq 0
boot_pd:
%assign i 0
%rep 2048
	dq (i << 21) + LARGE
%assign i i + 1
%endrep

boot_gdt:
	dq 0
	dq 0x00cf9b000000ffff			; 0x08: 32-bit code, on the way to the next
	dq 0x00af9b000000ffff			; 0x10: 64-bit code
	dq 0x00cf93000000ffff			; 0x18: data
boot_gdt_ptr:
	dw 31
	dq boot_gdt - KERNEL_BASE
boot_gdt_ptr_high:
	dw 31
	dq boot_gdt

; The boot CPU's stack; the page below it is left unmapped by boot/early_map.c.
section .bss.page_aligned nobits alloc noexec write align=4096
boot_stack_bottom:
	resb 4096
	resb KSTACK_SIZE
boot_stack_top:
