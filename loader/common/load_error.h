/* SPDX-License-Identifier: MIT */
/*
 * Why a boot stopped: one list for the BIOS stage 2 and the UEFI application.
 *
 * Every loader function that can fail returns 0 or one of these, negated; load_error_text() gives
 * the sentence shown to the user. The list with an explanation of each is in loader/README.md.
 */
#pragma once

#ifndef __must_check
#define __must_check __attribute__((warn_unused_result))
#endif

enum load_error {
	LOAD_OK,
	LOAD_E_CPU,
	LOAD_E_A20,
	LOAD_E_LOW_MEMORY,
	LOAD_E_MEMORY_MAP,
	LOAD_E_NO_MEMORY,
	LOAD_E_DISK_EXTENSIONS,
	LOAD_E_SECTOR_SIZE,
	LOAD_E_READ,
	LOAD_E_GPT,
	LOAD_E_NO_ESP,
	LOAD_E_FAT,
	LOAD_E_FAT_CHAIN,
	LOAD_E_NO_FILE,
	LOAD_E_NOT_PAYLOAD,
	LOAD_E_VERSION,
	LOAD_E_TRUNCATED,
	LOAD_E_HEADER,
	LOAD_E_CRC,
	LOAD_E_PLACE,
	LOAD_E_CMDLINE,
	LOAD_E_FIRMWARE,
	LOAD_E_COUNT,
};

/*
 * The sentence for an error code as the functions return it (negative), or for its absolute value.
 * Context: any. Never NULL.
 */
const char *load_error_text(int error);
