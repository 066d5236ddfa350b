; SPDX-License-Identifier: MIT
; testkernel/pattern: 300 KiB whose content main.c can compute: word i is i * 0x9e3779b97f4a7c15.
	global pattern
	section .data
	align 8
pattern:
%assign i 0
%rep 300 * 1024 / 8
	dq i * 0x9e3779b97f4a7c15
%assign i i + 1
%endrep
	section .note.GNU-stack noalloc noexec nowrite progbits
