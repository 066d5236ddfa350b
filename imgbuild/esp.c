/* SPDX-License-Identifier: MIT */
/*
 * esp: mformat, mmd and mcopy on a part of the image file (mtools' FILE@@OFFSET).
 *
 * FAT16 with 4 KiB clusters up to 250 MiB, FAT32 with the same clusters from 272 MiB on: firmware reads both, and
 * each size is well inside what its type allows. mtools takes times from SOURCE_DATE_EPOCH and writes each file in
 * one piece on a fresh volume.
 */
#include "imgbuild/esp.h"

#include "imgbuild/command.h"
#include "imgbuild/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const uint64_t mib = 1 << 20;
static const uint64_t size_min = 32 << 20;
static const uint64_t fat16_max = 250 << 20;
static const uint64_t fat32_min = 272 << 20;
static const int64_t fat_time_min = 315532800;	/* 1980-01-01, where FAT's calendar begins */
static const int64_t fat_time_max = 4354819199;	/* and where it ends, in 2107 */

static int add_size(const char *path, uint64_t *size)
{
	struct stat st;

	if (!path)
		return 0;
	if (stat(path, &st))
		return fail_errno("'%s'", path);
	if (!S_ISREG(st.st_mode) || !st.st_size)
		return fail("'%s' is not a file with content", path);
	*size += (uint64_t)st.st_size;
	return 0;
}

int esp_size(const struct esp_files *files, uint64_t *size)
{
	*size = 0;
	if (add_size(files->kernel, size) || add_size(files->initrd, size) || add_size(files->efi, size))
		return -1;
	*size = (*size + *size / 64 + 8 * mib) / mib * mib;
	if (*size < size_min)
		*size = size_min;
	if (*size > fat16_max && *size < fat32_min)
		*size = fat32_min;
	return 0;
}

static void set_environment(int64_t time)
{
	char text[24];

	if (time < fat_time_min)
		time = fat_time_min;
	if (time > fat_time_max)
		time = fat_time_max;
	snprintf(text, sizeof(text), "%lld", (long long)time);
	setenv("SOURCE_DATE_EPOCH", text, 1);
	setenv("TZ", "UTC0", 1);
	setenv("MTOOLSRC", "/dev/null", 1);
	setenv("MTOOLS_SKIP_CHECK", "1", 1);
}

static int format(char *volume, const struct area *area, uint32_t serial)
{
	/* Without -F the number of clusters makes it FAT16. */
	const char *type = area->size > fat16_max ? "-F" : "-c8";
	char sectors[24], hidden[24], number[16];

	snprintf(sectors, sizeof(sectors), "%llu", (unsigned long long)(area->size / SECTOR_SIZE));
	snprintf(hidden, sizeof(hidden), "%llu", (unsigned long long)(area->offset / SECTOR_SIZE));
	snprintf(number, sizeof(number), "%08x", serial);
	return command_run((const char *[]){ "mformat", type, "-i", volume, "-T", sectors, "-H", hidden, "-h", "255",
					     "-s", "63", "-c", "8", "-N", number, "-v", "SYSTEM", "::", NULL },
			   "mtools", 0);
}

static int copy_in(char *volume, const char *from, const char *name)
{
	char *target = mem_format("::%s", name);
	const char *argv[] = { "mcopy", "-i", volume, "-Q", from, target, NULL };
	int result = command_run(argv, "mtools", 0);

	free(target);
	return result;
}

static int write_text(char *volume, const char *text, const char *name)
{
	char *path = temp_create(NULL);
	FILE *file = path ? fopen(path, "we") : NULL;
	int result;

	if (!path)
		return -1;
	if (!file || fprintf(file, "%s\n", text) < 0 || fclose(file))
		result = fail_errno("'%s'", path);
	else
		result = copy_in(volume, path, name);
	temp_drop(path);
	return result;
}

static int make_folders(char *volume)
{
	const char *argv[] = { "mmd", "-i", volume, "::/EFI", "::/EFI/BOOT", NULL };

	return command_run(argv, "mtools", 0);
}

int esp_write(const char *path, const struct area *area, const struct esp_files *files, uint32_t serial, int64_t time)
{
	char *volume = mem_format("%s@@%llu", path, (unsigned long long)area->offset);
	int result;

	set_environment(time);
	result = format(volume, area, serial);
	if (!result)
		result = copy_in(volume, files->kernel, "/CORACLE.KRN");
	if (!result)
		result = write_text(volume, files->cmdline, "/CORACLE.CMD");
	if (!result && files->initrd)
		result = copy_in(volume, files->initrd, "/INITRD.IMG");
	if (!result && files->efi)
		result = make_folders(volume);
	if (!result && files->efi)
		result = copy_in(volume, files->efi, "/EFI/BOOT/BOOTX64.EFI");
	free(volume);
	return result;
}

/* --- Check ------------------------------------------------------------------------------------- */

static int compare(const char *left, const char *right, const char *name)
{
	FILE *a = fopen(left, "re"), *b = fopen(right, "re");
	int x = a ? getc(a) : EOF, y = b ? getc(b) : EOF;
	bool same = a && b && x != EOF;

	while (same && x == y && x != EOF) {
		x = getc(a);
		y = getc(b);
	}
	if (a)
		fclose(a);
	if (b)
		fclose(b);
	return same && x == y ? 0 : fail("%s on the system partition differs from '%s'", name, right);
}

/* Copy a file out, which reads its whole chain; compare it with what it was made from, if that is known. */
static int check_file(char *volume, const char *name, const char *original)
{
	char *copy = temp_create(NULL), *source;
	struct stat st;
	int result;

	if (!copy)
		return -1;
	source = mem_format("::%s", name);
	result = command_run((const char *[]){ "mcopy", "-n", "-o", "-i", volume, source, copy, NULL }, "mtools", 0);
	if (result)
		fail("%s cannot be read from the system partition", name);
	else if (stat(copy, &st) || !st.st_size)
		result = fail("%s on the system partition is empty", name);
	else if (original)
		result = compare(copy, original, name);
	free(source);
	temp_drop(copy);
	return result;
}

int esp_check(const char *path, const struct area *area, const struct esp_files *files)
{
	char *volume = mem_format("%s@@%llu", path, (unsigned long long)area->offset);
	int result;

	setenv("MTOOLSRC", "/dev/null", 1);
	result = check_file(volume, "/CORACLE.KRN", files ? files->kernel : NULL);
	if (!result)
		result = check_file(volume, "/CORACLE.CMD", NULL);
	if (!result && files && files->initrd)
		result = check_file(volume, "/INITRD.IMG", files->initrd);
	if (!result && files && files->efi)
		result = check_file(volume, "/EFI/BOOT/BOOTX64.EFI", files->efi);
	free(volume);
	return result;
}
