/* SPDX-License-Identifier: MIT */
/* ABI of getdents(2) and getdents64(2): layouts the UAPI headers lack; checked in abi_check.c. */
#pragma once

#include <stdint.h>

struct linux_dirent {
	unsigned long d_ino;
	unsigned long d_off;
	unsigned short d_reclen;
	char d_name[];			/* NUL, padding, then d_type in the record's last byte */
};

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

enum { DT_UNKNOWN = 0, DT_FIFO = 1, DT_CHR = 2, DT_DIR = 4, DT_BLK = 6, DT_REG = 8, DT_LNK = 10, DT_SOCK = 12,
       DT_WHT = 14 };
