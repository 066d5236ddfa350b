; SPDX-License-Identifier: MIT
;
; User memory, and copying and clearing in general.
;
; Copies to and from user mode run in blocks of eight words, then words, then what is left. A fault in those does
; not end the copy: it goes on byte by byte from the last finished block or word, so that what was copied is an
; exact prefix; a fault there ends it. The words are chosen over REP MOVSB because emulators run that byte by byte
; whatever CPUID promises; from COPY_REP_MIN bytes on REP MOVSB or MOVSQ is used if copy_use_rep says that it is
; faster here (mm/copy_select.c measures).
;
; Calls are System V: rdi, rsi, rdx; result rax. No stack frame: a fault fix-up needs none.

%include "trap/entry.inc"

default rel

global arch_copy_from_user, arch_copy_to_user, arch_clear_user
global arch_strnlen_user, arch_strncpy_from_user
global user_load8, user_load16, user_load32, user_load64
global user_store8, user_store16, user_store32, user_store64
global user_cmpxchg32, user_xchg32, user_xadd32
global copy_page_words, copy_page_rep, clear_page_words, clear_page_rep
extern copy_use_rep

EFAULT		equ 14
COPY_REP_MIN	equ 512
COPY_MOVSB	equ 1			; enum copy_rep

section .text progbits alloc exec nowrite align=16

; size_t f(to, from, size): returns bytes not copied.
	align	16
arch_copy_from_user:
arch_copy_to_user:
	STAC
	cmp	rdx, COPY_REP_MIN
	jae	.big
.words:
	cmp	rdx, 8
	jb	.small
	sub	rdx, 64
	jb	.under64
.loop64:
%assign i 0
%rep 2
	EX	.fault64
	mov	rax, [rsi + i]
	EX	.fault64
	mov	r8, [rsi + i + 8]
	EX	.fault64
	mov	r9, [rsi + i + 16]
	EX	.fault64
	mov	r10, [rsi + i + 24]
	EX	.fault64
	mov	[rdi + i], rax
	EX	.fault64
	mov	[rdi + i + 8], r8
	EX	.fault64
	mov	[rdi + i + 16], r9
	EX	.fault64
	mov	[rdi + i + 24], r10
%assign i i + 32
%endrep
	add	rsi, 64
	add	rdi, 64
	sub	rdx, 64
	jae	.loop64
.under64:
	add	rdx, 64 - 8
	js	.under8
.loop8:
	EX	.fault8
	mov	rax, [rsi]
	EX	.fault8
	mov	[rdi], rax
	add	rsi, 8
	add	rdi, 8
	sub	rdx, 8
	jae	.loop8
.under8:
	add	rdx, 8
	jz	.done
	EX	.bytes			; 1 to 7 are left of 8 or more: the last word, part of which is there already
	mov	rax, [rsi + rdx - 8]
	EX	.bytes
	mov	[rdi + rdx - 8], rax
	xor	eax, eax
	CLAC
	ret
.small:
	test	dl, 4
	jz	.small2
	EX	.bytes
	mov	eax, [rsi]
	EX	.bytes
	mov	[rdi], eax
	add	rsi, 4
	add	rdi, 4
	sub	edx, 4
.small2:
	test	dl, 2
	jz	.bytes
	EX	.bytes
	mov	ax, [rsi]
	EX	.bytes
	mov	[rdi], ax
	add	rsi, 2
	add	rdi, 2
	sub	edx, 2
	jmp	.bytes
.fault64:
	add	rdx, 64
	jmp	.bytes
.fault8:
	add	rdx, 8
.bytes:					; rdx left, rsi and rdi at the first byte not known to be copied
	test	rdx, rdx
	jz	.done
.loop1:
	EX	.done
	mov	al, [rsi]
	EX	.done
	mov	[rdi], al
	inc	rsi
	inc	rdi
	dec	rdx
	jnz	.loop1
.done:
	mov	rax, rdx
	CLAC
	ret
.big:
	cmp	byte [copy_use_rep], COPY_MOVSB
	jb	.words
	mov	rcx, rdx
	ja	.movsq
	EX	.rep_fault
	rep	movsb
.rep_fault:				; REP leaves the exact remainder
	mov	rax, rcx
	CLAC
	ret
.movsq:
	and	edx, 7
	shr	rcx, 3
	EX	.words_fault
	rep	movsq
.words_fault:				; of whole words; a fault within one is met again by bytes
	lea	rdx, [rdx + rcx * 8]
	jmp	.bytes

; size_t arch_clear_user(to, size)
	align	16
arch_clear_user:
	STAC
	xor	eax, eax
	sub	rsi, 64
	jb	.under64
.loop64:
%assign i 0
%rep 8
	EX	.fault64
	mov	[rdi + i], rax
%assign i i + 8
%endrep
	add	rdi, 64
	sub	rsi, 64
	jae	.loop64
.under64:
	add	rsi, 64 - 8
	js	.fault8
.loop8:
	EX	.fault8
	mov	[rdi], rax
	add	rdi, 8
	sub	rsi, 8
	jae	.loop8
.fault8:
	add	rsi, 8
	jmp	.bytes
.fault64:
	add	rsi, 64
.bytes:
	test	rsi, rsi
	jz	.done
.loop1:
	EX	.done
	mov	[rdi], al
	inc	rdi
	dec	rsi
	jnz	.loop1
.done:
	mov	rax, rsi
	CLAC
	ret

; long arch_strnlen_user(s, max): bytes before the NUL, or max, or -EFAULT.
	align	16
arch_strnlen_user:
	STAC
	xor	eax, eax
.loop:
	cmp	rax, rsi
	jae	.out
	EX	.fault
	cmp	byte [rdi + rax], 0
	je	.out
	inc	rax
	jmp	.loop
.fault:
	mov	rax, -EFAULT
.out:
	CLAC
	ret

; long arch_strncpy_from_user(to, from, max): length without the NUL; max if it did not fit; -EFAULT.
; Eight bytes at a time while none is 0; a fault in a word falls back to bytes, which find the NUL before it or fault.
	align	16
arch_strncpy_from_user:
	STAC
	xor	eax, eax
	mov	r8, 0x0101010101010101
	mov	r9, 0x8080808080808080
.words:
	lea	rcx, [rax + 8]
	cmp	rcx, rdx
	ja	.bytes
	EX	.bytes
	mov	r10, [rsi + rax]
	mov	r11, r10
	sub	r11, r8
	mov	rcx, r10
	not	rcx
	and	r11, rcx
	test	r11, r9
	jnz	.bytes
	mov	[rdi + rax], r10
	add	rax, 8
	jmp	.words
.bytes:
	cmp	rax, rdx
	jae	.out
	EX	.fault
	mov	cl, [rsi + rax]
	mov	[rdi + rax], cl
	test	cl, cl
	jz	.out
	inc	rax
	jmp	.bytes
.fault:
	mov	rax, -EFAULT
.out:
	CLAC
	ret

; int user_loadN(uint64_t *value, from); int user_storeN(value, to): 0 or -EFAULT.
%macro USER_LOAD 3			; bits, load instruction, operand size
	align	16
user_load%1:
	STAC
	EX	user_fault
	%2
	CLAC
	mov	[rdi], rax
	xor	eax, eax
	ret
%endmacro

	USER_LOAD 8, {movzx eax, byte [rsi]}, byte
	USER_LOAD 16, {movzx eax, word [rsi]}, word
	USER_LOAD 32, {mov eax, [rsi]}, dword
	USER_LOAD 64, {mov rax, [rsi]}, qword

%macro USER_STORE 2			; bits, register
	align	16
user_store%1:
	STAC
	EX	user_fault
	mov	[rsi], %2
	CLAC
	xor	eax, eax
	ret
%endmacro

	USER_STORE 8, dil
	USER_STORE 16, di
	USER_STORE 32, edi
	USER_STORE 64, rdi

user_fault:
	CLAC
	mov	eax, -EFAULT
	ret

; int user_cmpxchg32(uint32_t *uaddr, uint32_t *expected, uint32_t desired): *expected gets the old value.
	align	16
user_cmpxchg32:
	mov	eax, [rsi]
	STAC
	EX	user_fault
	lock	cmpxchg [rdi], edx
	CLAC
	mov	[rsi], eax
	xor	eax, eax
	ret

; int user_xchg32 / user_xadd32(uint32_t *uaddr, uint32_t *value): *value gets the old value.
	align	16
user_xchg32:
	mov	edx, [rsi]
	STAC
	EX	user_fault
	xchg	[rdi], edx
	CLAC
	mov	[rsi], edx
	xor	eax, eax
	ret

	align	16
user_xadd32:
	mov	edx, [rsi]
	STAC
	EX	user_fault
	lock	xadd [rdi], edx
	CLAC
	mov	[rsi], edx
	xor	eax, eax
	ret

; void copy_page_*(dst, src), clear_page_*(page): 4096 bytes.
	align	16
copy_page_words:
	mov	ecx, 4096 / 64
.loop:
%assign i 0
%rep 2
	mov	rax, [rsi + i]
	mov	rdx, [rsi + i + 8]
	mov	r8, [rsi + i + 16]
	mov	r9, [rsi + i + 24]
	mov	[rdi + i], rax
	mov	[rdi + i + 8], rdx
	mov	[rdi + i + 16], r8
	mov	[rdi + i + 24], r9
%assign i i + 32
%endrep
	add	rsi, 64
	add	rdi, 64
	dec	ecx
	jnz	.loop
	ret

	align	16
copy_page_rep:
	mov	ecx, 4096 / 8
	rep	movsq
	ret

	align	16
clear_page_words:
	xor	eax, eax
	mov	ecx, 4096 / 64
.loop:
%assign i 0
%rep 8
	mov	[rdi + i], rax
%assign i i + 8
%endrep
	add	rdi, 64
	dec	ecx
	jnz	.loop
	ret

	align	16
clear_page_rep:
	xor	eax, eax
	mov	ecx, 4096 / 8
	rep	stosq
	ret
