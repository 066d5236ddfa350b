/* SPDX-License-Identifier: MIT */
/*
 * esp: the EFI system partition, a FAT volume with kernel, command line, initrd and UEFI loader.
 *
 * Both loaders read from it (loader/README.md, "Disk layout"). Made by mtools inside the image file.
 */
#pragma once

#include "imgbuild/gpt.h"

struct esp_files {
	const char *kernel;	/* /CORACLE.KRN */
	const char *cmdline;	/* text of /CORACLE.CMD */
	const char *initrd;	/* /INITRD.IMG, or NULL */
	const char *efi;	/* /EFI/BOOT/BOOTX64.EFI, or NULL */
};

/* How large the partition must be. */
int __must_check esp_size(const struct esp_files *files, uint64_t *size);

/* Format the area and fill it. time: of all files in it. */
int __must_check esp_write(const char *path, const struct area *area, const struct esp_files *files, uint32_t serial,
			   int64_t time);

/* Is the volume whole, and does it hold a kernel and a command line? files: compare with them, or NULL. */
int __must_check esp_check(const char *path, const struct area *area, const struct esp_files *files);
