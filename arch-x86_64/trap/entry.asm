; SPDX-License-Identifier: MIT
;
; Exceptions and interrupts.
;
; Each vector has a 16-byte stub that makes the stack alike: error code (0 if the processor pushes none), then the
; vector, which the saved rdi replaces once it has been read. Three common paths follow: exceptions and interrupts
; (on the thread's stack, or the interrupted kernel stack), and the IST vectors ("paranoid"), where GS may be
; anybody's: their stacks carry the per-CPU offset in their last word.

%include "trap/entry.inc"

global trap_stubs, return_to_user
extern trap_handler, irq_handler, paranoid_handler, exit_to_user_work, exit_bad_address

section .text.entry progbits alloc exec nowrite align=64

	align	16
trap_stubs:
%assign v 0
%rep 256
	align	16, int3
%if !(v == 8 || (v >= 10 && v <= 14) || v == 17 || v == 21 || v == 29 || v == 30)
	push	byte 0
%endif
	push	dword v
%if v == VEC_DF || v == VEC_NMI || v == VEC_MC || v == VEC_DB
	jmp	paranoid_common
%elif v < 32
	jmp	near trap_common
%else
	jmp	near irq_common
%endif
%assign v v + 1
%endrep

; SAVE handler-argument registers: rdi = frame, rsi = vector, rdx = error code.
%macro SAVE_FRAME 0
	cld
	PUSH_BELOW_DI
	mov	rsi, [rsp + REGS_DI]
	mov	[rsp + REGS_DI], rdi
	mov	rdx, [rsp + REGS_ORIG_AX]
	mov	qword [rsp + REGS_ORIG_AX], -1
	mov	rdi, rsp
%endmacro

%macro COMMON 2				; label prefix, handler
	CLAC
	SAVE_FRAME
	test	byte [rsp + REGS_CS], 3
	jz	.%1_kernel
	swapgs
	lfence				; nothing below runs ahead with the user's GS
	xor	ebp, ebp		; back traces end here
	sub	rsp, 8
	call	%2
	add	rsp, 8
	cli
	jmp	return_to_user
.%1_kernel:
	mov	rbx, rsp
	and	rsp, -16
	call	%2
	mov	rsp, rbx
	POP_TO_SI
	pop	rdi
	add	rsp, 8
	iretq
%endmacro

trap_common:
	COMMON trap, trap_handler

irq_common:
	COMMON irq, irq_handler

; Return to user mode by IRETQ. rsp = frame, interrupts off, kernel GS.
return_to_user:
	mov	rax, [CPU(CPU_CURRENT)]
	test	dword [rax + THREAD_WORK], EXIT_WORK_MASK
	jnz	.work
	mov	rax, [rsp + REGS_IP]
	mov	rcx, rax
	shl	rcx, 16
	sar	rcx, 16
	cmp	rcx, rax
	jne	.bad_address
	POP_TO_SI
	pop	rdi
	add	rsp, 8
	swapgs
	iretq
.work:
	mov	rdi, rsp
	sub	rsp, 8
	call	exit_to_user_work
	add	rsp, 8
	jmp	return_to_user
.bad_address:
	mov	rdi, rsp
	sub	rsp, 8
	call	exit_bad_address
	add	rsp, 8
	jmp	return_to_user

; #DF, NMI, #MC, #DB on their own stacks. From user mode all but #DF move to the thread's stack and become ordinary.
paranoid_common:
	CLAC
	SAVE_FRAME
	test	byte [rsp + REGS_CS], 3
	jz	.kernel
	swapgs
	lfence
	mov	r12, rsi		; frame is saved: registers are free
	mov	r13, rdx
	mov	rsi, rsp
	mov	rdi, [CPU(CPU_KSTACK_TOP)]
	sub	rdi, REGS_SIZE
	mov	rsp, rdi
	mov	ecx, REGS_SIZE / 8
	rep	movsq
	mov	rdi, rsp
	mov	rsi, r12
	mov	rdx, r13
	xor	ebp, ebp
	sub	rsp, 8
	call	trap_handler
	add	rsp, 8
	cli
	jmp	return_to_user
.kernel:
	mov	r12, rsi
	mov	r13, rdx
	mov	ecx, MSR_GS_BASE	; whose GS this is, nobody knows: save it, use the stack's word, put it back
	rdmsr
	mov	r14d, eax
	shl	rdx, 32
	or	r14, rdx
	mov	rax, rsp
	or	rax, IST_SIZE - 1
	mov	rax, [rax - 7]
	mov	rdx, rax
	shr	rdx, 32
	wrmsr
	mov	rdi, rsp
	mov	rsi, r12
	mov	rdx, r13
	mov	rbx, rsp
	and	rsp, -16
	call	paranoid_handler
	mov	rsp, rbx
	mov	ecx, MSR_GS_BASE
	mov	rax, r14
	mov	rdx, r14
	shr	rdx, 32
	wrmsr
	POP_TO_SI
	pop	rdi
	add	rsp, 8
	iretq
