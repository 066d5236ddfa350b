; SPDX-License-Identifier: MIT
;
; System-call entry and exit.
;
; SYSCALL leaves rcx = return address, r11 = flags, everything else the program's, and FMASK has cleared
; IF DF TF AC NT RF. The frame is built as an interrupt's would be, with orig_ax = the number. Exit takes SYSRET
; when the frame still says what SYSRET would do, and IRETQ otherwise (signals, exec, ptrace, tracing of steps).

%include "trap/entry.inc"

global syscall_entry, thread_user_start, arch_enter_user
extern syscall_enter, sched_thread_start, return_to_user

ENOSYS		equ 38
FLAGS_RF_TF	equ 0x10100

section .text.entry progbits alloc exec nowrite align=64

	align	64
syscall_entry:
	swapgs
	mov	[CPU(CPU_SCRATCH)], rsp
	mov	rsp, [CPU(CPU_KSTACK_TOP)]
	push	byte USER_DS
	push	qword [CPU(CPU_SCRATCH)]
	push	r11
	push	byte USER_CS
	push	rcx
	push	rax
	push	rdi
	push	rsi
	push	rdx
	push	rcx
	push	qword -ENOSYS
	push	r8
	push	r9
	push	r10
	push	r11
	push	rbx
	push	rbp
	push	r12
	push	r13
	push	r14
	push	r15
	xor	ebp, ebp		; back traces end here
	sti
	mov	rdi, rsp
	sub	rsp, 8			; 16-byte alignment at the call
	call	syscall_enter
	add	rsp, 8
	cli
	mov	rax, [CPU(CPU_CURRENT)]
	test	dword [rax + THREAD_WORK], EXIT_WORK_MASK
	jnz	return_to_user
	; SYSRET takes rip from rcx and flags from r11, and faults in kernel mode on a non-canonical rcx.
	mov	rcx, [rsp + REGS_CX]
	mov	r11, [rsp + REGS_R11]
	cmp	rcx, [rsp + REGS_IP]
	jne	return_to_user
	cmp	r11, [rsp + REGS_FLAGS]
	jne	return_to_user
	mov	rax, rcx
	shr	rax, 47
	jnz	return_to_user
	test	r11d, FLAGS_RF_TF
	jnz	return_to_user
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbp
	pop	rbx
	add	rsp, 8			; r11 is loaded
	pop	r10
	pop	r9
	pop	r8
	pop	rax
	add	rsp, 8			; rcx is loaded
	pop	rdx
	pop	rsi
	pop	rdi
	mov	rsp, [rsp + REGS_SP - REGS_ORIG_AX]
	swapgs
	o64 sysret

; First run of a user thread: arch_thread_switch() returned here with rax = the thread that ran before, and
; rsp = its register frame.
thread_user_start:
	mov	rdi, rax
	sub	rsp, 8
	call	sched_thread_start
	add	rsp, 8
	cli
	jmp	return_to_user

; arch_enter_user(): leave the kernel for good by the frame at the current thread's stack top.
arch_enter_user:
	cli
	mov	rsp, [CPU(CPU_KSTACK_TOP)]
	sub	rsp, REGS_SIZE
	xor	ebp, ebp
	jmp	return_to_user
