; SPDX-License-Identifier: MIT
;
; mbr: the boot sector of a BIOS boot. Reads stage 2 from its partition and jumps to it.
;
; Only bytes 0..439 are ours: the disk's partition table tool owns the rest. imgbuild patches the
; disk address packet (offsets in loader/README.md):
;
;	offset 418	u16	stage 2's size in sectors, 1..127
;	offset 424	u64	first sector of the BIOS boot partition
;	offset 432	8 bytes	"CORACLE1", so that the tool knows what it patches
;
; In:	DL = BIOS drive. Out: 0:0x8000 with DL = drive, all segments 0, stack below 0x7c00.
; An error goes to the screen and to COM1; then the machine halts.

	bits 16
	org 0x7c00

STAGE2		equ 0x8000
STAGE2_MAGIC	equ 0x32524f43		; "COR2", at STAGE2 + 4
SECTORS_MAX	equ 127
TRIES		equ 3
COM1		equ 0x3f8

start:
	cli
	cld
	xor ax, ax
	mov ds, ax
	mov es, ax
	mov ss, ax
	mov sp, 0x7c00
	sti
	jmp 0:main

main:
	mov [drive], dl
	mov si, no_stage2
	mov ax, [packet.sectors]
	dec ax
	cmp ax, SECTORS_MAX		; also catches 0
	jae fail

	mov ah, 0x41			; INT 13h extensions?
	mov bx, 0x55aa
	int 0x13
	mov si, no_extensions
	jc fail
	cmp bx, 0xaa55
	jne fail
	test cl, 1
	jz fail

	mov bp, TRIES
.read:	mov ah, 0x42
	mov dl, [drive]
	mov si, packet
	int 0x13
	jnc .check
	xor ah, ah			; reset the drive and try again
	mov dl, [drive]
	int 0x13
	dec bp
	jnz .read
	mov si, no_read
	jmp fail

.check:	mov si, no_stage2
	cmp dword [STAGE2 + 4], STAGE2_MAGIC
	jne fail
	mov dl, [drive]
	jmp 0:STAGE2

; SI = reason. Prints on both, then halts for ever.
fail:
	mov bx, si
	mov dx, COM1 + 3		; 115200 8N1
	mov al, 0x83
	out dx, al
	mov dx, COM1
	mov al, 1
	out dx, al
	inc dx
	dec ax
	out dx, al
	mov dx, COM1 + 3
	mov al, 0x03
	out dx, al
	mov si, prefix
	call print
	mov si, bx
	call print
	mov si, suffix
	call print
.halt:	hlt
	jmp .halt

; Print the string at SI on the serial port and the screen. Keeps BX.
print:
	lodsb
	test al, al
	jz .done
	mov ah, al
	mov cx, 0xffff
	mov dx, COM1 + 5
.wait:	in al, dx
	test al, 0x20
	loopz .wait
	mov dx, COM1
	mov al, ah
	out dx, al
	push bx
	push si
	mov ah, 0x0e
	mov bx, 7
	int 0x10
	pop si
	pop bx
	jmp print
.done:	ret

prefix:		db 13, 10, "coracle: ", 0
no_extensions:	db "the BIOS has no INT 13h extensions for the boot disk", 0
no_read:	db "stage 2 of the boot loader cannot be read", 0
no_stage2:	db "stage 2 of the boot loader is not installed", 0
suffix:		db 13, 10, "Halted.", 13, 10, 0
drive:		db 0

	times 416 - ($ - $$) db 0
packet:
	db 16, 0
.sectors:
	dw 0
	dw STAGE2, 0			; offset, segment
	dq 0				; first sector
	db "CORACLE1"
	times 510 - ($ - $$) db 0
	dw 0xaa55
