/* SPDX-License-Identifier: MIT */
/* ABI of ustat(2). The UAPI headers lack its structure; the offsets are checked in abi_check.c. */
#pragma once

struct ustat {
	int f_tfree;			/* blocks */
	unsigned long f_tinode;
	char f_fname[6], f_fpack[6];	/* never filled in */
};
