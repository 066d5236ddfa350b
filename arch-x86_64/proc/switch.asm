; SPDX-License-Identifier: MIT
;
; Switching kernel stacks.
;
; A thread that is switched out has, at its saved stack pointer, low to high:
;   r15 r14 r13 r12 rbx rbp | return address
; arch_thread_init_*() make the same for a new thread, with one of the start routines as return address.

%include "trap/entry.inc"

global switch_stacks, thread_kernel_start
extern sched_thread_start

section .text.entry progbits alloc exec nowrite align=64

; struct thread *switch_stacks(uintptr_t *save, uintptr_t load, struct thread *prev)
	align	16
switch_stacks:
	push	rbp
	push	rbx
	push	r12
	push	r13
	push	r14
	push	r15
	mov	[rdi], rsp
	mov	rsp, rsi
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbx
	pop	rbp
	mov	rax, rdx
	ret

; First run of a kernel thread: rax = the thread before, rbx = entry, r12 = its argument.
thread_kernel_start:
	mov	rdi, rax
	call	sched_thread_start
	mov	rdi, r12
	call	rbx
	ud2
