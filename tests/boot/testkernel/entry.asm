; SPDX-License-Identifier: MIT
;
; testkernel/entry: what a loader jumps to (64-bit), and a PVH entry so that payload accepts the file.
; The state on entry is recorded before anything changes it.

	extern testkernel_main
	global start64, entry_flags, entry_stack, entry_cs

	section .text
	bits 64
start64:
	pushfq
	pop rax
	mov [entry_flags], rax
	mov [entry_stack], rsp
	mov ax, cs
	mov [entry_cs], ax
	call testkernel_main
.halt:	hlt
	jmp .halt

	bits 32
start_pvh:
	hlt
	jmp start_pvh

	section .data
entry_flags:	dq 0
entry_stack:	dq 0
entry_cs:	dq 0

	section .note.pvh note alloc noexec nowrite align=4
	dd 4, 4, 18
	db "Xen", 0
	dd start_pvh

	section .note.GNU-stack noalloc noexec nowrite progbits
