; SPDX-License-Identifier: MIT
;
; The caller's registers, for a panic that no fault led to.

global arch_regs_capture

struc regs		; struct arch_regs
	.r15	resq 1
	.r14	resq 1
	.r13	resq 1
	.r12	resq 1
	.bp	resq 1
	.bx	resq 1
	.r11	resq 1
	.r10	resq 1
	.r9	resq 1
	.r8	resq 1
	.ax	resq 1
	.cx	resq 1
	.dx	resq 1
	.si	resq 1
	.di	resq 1
	.orig	resq 1
	.ip	resq 1
	.cs	resq 1
	.flags	resq 1
	.sp	resq 1
	.ss	resq 1
endstruc

section .text progbits alloc exec nowrite align=16

; void arch_regs_capture(struct arch_regs *out)
arch_regs_capture:
	mov	[rdi + regs.r15], r15
	mov	[rdi + regs.r14], r14
	mov	[rdi + regs.r13], r13
	mov	[rdi + regs.r12], r12
	mov	[rdi + regs.bp], rbp
	mov	[rdi + regs.bx], rbx
	mov	[rdi + regs.r11], r11
	mov	[rdi + regs.r10], r10
	mov	[rdi + regs.r9], r9
	mov	[rdi + regs.r8], r8
	mov	[rdi + regs.ax], rax
	mov	[rdi + regs.cx], rcx
	mov	[rdi + regs.dx], rdx
	mov	[rdi + regs.si], rsi
	mov	[rdi + regs.di], rdi
	mov	qword [rdi + regs.orig], -1
	mov	rax, [rsp]
	mov	[rdi + regs.ip], rax
	mov	rax, cs
	mov	[rdi + regs.cs], rax
	pushfq
	pop	qword [rdi + regs.flags]
	lea	rax, [rsp + 8]
	mov	[rdi + regs.sp], rax
	mov	rax, ss
	mov	[rdi + regs.ss], rax
	ret
