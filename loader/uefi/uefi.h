/* SPDX-License-Identifier: MIT */
/*
 * uefi: what the parts of the UEFI application share.
 *
 * Boot services are called directly (EFIAPI is ms_abi); nothing of libefi's library is used. One
 * thread. Every page is allocated below 4 GiB. Allocation types decide what the kernel is told:
 * EfiBootServicesData becomes USABLE (kernel image, initrd), EfiLoaderCode/Data BOOTLOADER.
 */
#pragma once

#include <efi.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/boot_info.h"
#include "loader/common/handover.h"
#include "loader/common/load_error.h"
#include "loader/common/memmap.h"
#include "loader/common/payload_stream.h"

extern struct uefi {
	EFI_HANDLE image;
	EFI_SYSTEM_TABLE *system;
	EFI_BOOT_SERVICES *boot;	/* NULL once they were left */
	uint64_t own_base, own_size;	/* where this application itself lies */
} uefi;

/* Report on the console (while boot services last) and on COM1, then halt for ever. */
_Noreturn void console_fail(const char *subject, int error);

/*
 * size bytes in whole pages below 4 GiB, or at exactly `address` if that is not 0.
 * Returns NULL if there are none; freed by nobody: boot services end soon.
 */
void *memory_alloc(uint64_t address, uint64_t size, EFI_MEMORY_TYPE type);

/*
 * Make room for the kernel image at [start, end). If those pages can be had at once, they are
 * where it is assembled. If boot services (and nothing that outlives them) occupy some, the image
 * is assembled elsewhere and struct handover's copy fields say what to move at the end.
 * Returns 0, -LOAD_E_PLACE or -LOAD_E_NO_MEMORY.
 */
int memory_place_image(struct payload_stream *s, struct handover *copy) __must_check;

/*
 * Leave boot services and put the final memory map into *info. After success nothing of the
 * firmware may be called. Returns 0, -LOAD_E_FIRMWARE or -LOAD_E_MEMORY_MAP.
 */
int memory_leave(struct boot_info *info) __must_check;

/* The volume this application was started from. Returns 0 or -LOAD_E_FIRMWARE. */
int file_open_volume(EFI_FILE_HANDLE *root) __must_check;

/* Open a file for reading; its size in *size. Returns 0, -LOAD_E_NO_FILE or -LOAD_E_READ. */
int file_open(EFI_FILE_HANDLE root, const WCHAR *name, EFI_FILE_HANDLE *file,
	      uint64_t *size) __must_check;

/* Read the next size bytes, all of them. Returns 0 or -LOAD_E_READ. */
int file_read(EFI_FILE_HANDLE file, void *buffer, uint64_t size) __must_check;
