/* SPDX-License-Identifier: MIT */
#include "volume.h"

#include "vfs/cred.h"
#include "vfs/file.h"
#include "vfs/mount.h"

#include "abi/fcntl.h"
#include "test.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct host_volume host_volume;

static void remove_folder(void)
{
	char text[128];

	snprintf(text, sizeof(text), "rm -rf %s", host_volume.folder);
	if (system(text))
		fprintf(stderr, "cannot remove %s\n", host_volume.folder);
}

static void make_folder(void)
{
	if (*host_volume.folder)
		return;
	test_make_folder(host_volume.folder, sizeof(host_volume.folder));
	atexit(remove_folder);
}

void host_volume_command(const char *format, ...)
{
	char text[2048];
	size_t size;
	va_list ap;
	int n;

	make_folder();
	n = snprintf(text, sizeof(text), "cd %s && ", host_volume.folder);
	va_start(ap, format);
	vsnprintf(text + n, sizeof(text) - (size_t)n, format, ap);
	va_end(ap);
	free(test_command(text, &size));
}

void host_volume_make(const char *size, const char *mke2fs)
{
	host_volume_command("rm -rf * && truncate -s %s image && mke2fs -q -F %s image 2>&1", size, mke2fs);
}

int host_volume_mount(const char *image, unsigned long flags, const char *options)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", host_volume.folder, image);
	host_volume.disk.name = "vda";
	host_volume.disk.path = path;
	host_disk_register(&host_volume.disk);
	host_volume.ctx.fs = fs_state_create();
	host_volume.ctx.cred = &cred_root;
	host_volume.ctx.fsize_limit = UINT64_MAX;
	CHECK(host_volume.ctx.fs);
	return vfs_mount_root(&host_volume.ctx, "/dev/vda", "ext4", flags, options);
}

struct file *host_volume_open(const char *name, int flags)
{
	struct file *file;

	CHECK_EQ(vfs_open(&host_volume.ctx, AT_FDCWD, name, flags, 0644, 0, &file), 0);
	return file;
}

FILE *host_volume_fopen(const char *name, const char *mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", host_volume.folder, name);
	file = fopen(path, mode);
	CHECK(file);
	return file;
}

void host_volume_save(const char *name, const void *data, size_t size)
{
	FILE *file = host_volume_fopen(name, "wb");

	CHECK_EQ(fwrite(data, 1, size, file), size);
	fclose(file);
}

void *host_volume_load(const char *name, size_t *size)
{
	FILE *file = host_volume_fopen(name, "rb");
	char *data;

	fseek(file, 0, SEEK_END);
	*size = (size_t)ftell(file);
	rewind(file);
	data = malloc(*size + 1);
	CHECK(data && fread(data, 1, *size, file) == *size);
	fclose(file);
	return data;
}

void host_volume_save_disk(const char *name)
{
	host_volume_save(name, host_volume.disk.data, host_volume.disk.size);
}

void host_volume_fsck(const char *name)
{
	host_volume_command("{ e2fsck -fp %s > log 2>&1 || [ $? -le 1 ] || { cat log >&2; false; }; } && "
			    "e2fsck -fn %s > log 2>&1 || { cat log >&2; false; }", name, name);
}
