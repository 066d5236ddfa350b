/* SPDX-License-Identifier: MIT */
/*
 * verify: read the image back with other eyes: libfdisk checks the table it (or another program) wrote, mtools reads
 * the system partition, and e2fsck -fn judges the root. A qcow2 or VMDK image is turned into raw for that.
 */
#include "imgbuild/verify.h"

#include "imgbuild/command.h"
#include "imgbuild/temp.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int check_root(const char *path, uint64_t offset)
{
	char *device = mem_format("%s?offset=%llu", path, (unsigned long long)offset);
	int result = command_run((const char *[]){ "e2fsck", "-fn", device, NULL }, "e2fsprogs", 0);

	free(device);
	return result ? fail("'%s': e2fsck finds faults in the root file system", path) : 0;
}

static int verify_raw(const char *path, bool root_only, const struct esp_files *files)
{
	struct layout layout;

	if (root_only)
		return check_root(path, 0);
	if (gpt_check_copies(path) || gpt_read(path, &layout))
		return -1;
	if (layout.esp.size && (gpt_check_boot(path, &layout) || esp_check(path, &layout.esp, files)))
		return -1;
	return check_root(path, layout.root.offset);
}

/* Its format by its first bytes; NULL for raw or what cannot be read. */
static const char *format_of(const char *path)
{
	char magic[4] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	if (got == sizeof(magic) && !memcmp(magic, "QFI\xfb", sizeof(magic)))
		return "qcow2";
	return got == sizeof(magic) && !memcmp(magic, "KDMV", sizeof(magic)) ? "vmdk" : NULL;
}

int verify_image(const char *path, bool root_only, const struct esp_files *files)
{
	const char *format = format_of(path);
	char *raw;
	int result;

	if (access(path, R_OK))
		return fail_errno("'%s'", path);
	if (!format)
		return verify_raw(path, root_only, files);
	raw = temp_create(NULL);
	if (!raw)
		return -1;
	result = command_run((const char *[]){ "qemu-img", "convert", "-f", format, "-O", "raw", path, raw, NULL },
			     "qemu-utils", 0);
	if (!result)
		result = verify_raw(raw, root_only, files);
	temp_drop(raw);
	return result;
}
