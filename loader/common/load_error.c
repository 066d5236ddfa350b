/* SPDX-License-Identifier: MIT */
/*
 * The sentences behind enum load_error. They are what a user without a debugger gets to see, so
 * each says what is wrong with which thing; the file or address it is about is printed before it.
 */
#include "loader/common/load_error.h"

static const char *const texts[LOAD_E_COUNT] = {
	[LOAD_OK] = "no error",
	[LOAD_E_CPU] = "this processor has no 64-bit long mode",
	[LOAD_E_A20] = "the A20 gate cannot be opened",
	[LOAD_E_LOW_MEMORY] = "less than 256 KiB of conventional memory",
	[LOAD_E_MEMORY_MAP] = "the firmware gives no usable memory map",
	[LOAD_E_NO_MEMORY] = "not enough free memory",
	[LOAD_E_DISK_EXTENSIONS] = "the BIOS has no INT 13h extensions for the boot disk",
	[LOAD_E_SECTOR_SIZE] = "the boot disk's sectors are not 512 bytes",
	[LOAD_E_READ] = "the disk could not be read",
	[LOAD_E_GPT] = "neither copy of the GPT partition table is valid",
	[LOAD_E_NO_ESP] = "the disk has no EFI system partition",
	[LOAD_E_FAT] = "the EFI system partition is not a valid FAT file system",
	[LOAD_E_FAT_CHAIN] = "the FAT cluster chain is damaged",
	[LOAD_E_NO_FILE] = "file not found on the EFI system partition",
	[LOAD_E_NOT_PAYLOAD] = "not a Coracle payload file",
	[LOAD_E_VERSION] = "the payload file has an unknown version",
	[LOAD_E_TRUNCATED] = "the payload file is truncated",
	[LOAD_E_HEADER] = "the payload file's header makes no sense",
	[LOAD_E_CRC] = "the checksum is wrong: the payload file is damaged",
	[LOAD_E_PLACE] = "the memory the kernel is linked for is not free",
	[LOAD_E_CMDLINE] = "the command line is longer than 4095 bytes",
	[LOAD_E_FIRMWARE] = "the firmware refused a call",
};

const char *load_error_text(int error)
{
	unsigned int i = error < 0 ? 0U - (unsigned int)error : (unsigned int)error;

	if (i >= LOAD_E_COUNT || !texts[i])
		return "unknown error";
	return texts[i];
}
