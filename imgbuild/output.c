/* SPDX-License-Identifier: MIT */
/*
 * output: atomic: each image is written under a temporary name in the folder it goes to and renamed when it is
 * whole, so a reader sees the old one or the new one. raw is the temporary file itself; qemu-img makes the others.
 */
#include "imgbuild/output.h"

#include "imgbuild/command.h"
#include "imgbuild/temp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { DESCRIPTOR_MAX = 1 << 16 };	/* VMDK's text lies in the first sectors */

char *output_create(const char *output, uint64_t size)
{
	char *temp = temp_create(output);

	if (temp && truncate(temp, (off_t)size)) {
		fail_errno("cannot make '%s' %llu bytes long", temp, (unsigned long long)size);
		temp_drop(temp);
		return NULL;
	}
	return temp;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length > end_length && !strcmp(text + length - end_length, end);
}

/* disk.img -> disk.qcow2 */
static char *with_suffix(const char *output, const char *suffix)
{
	static const char *const known[] = { ".img", ".raw", ".qcow2", ".vmdk", NULL };
	size_t length = strlen(output);

	for (int i = 0; known[i]; i++) {
		if (ends_with(output, known[i])) {
			length -= strlen(known[i]);
			break;
		}
	}
	return mem_format("%.*s.%s", (int)length, output, suffix);
}

/* In the descriptor of length bytes, replace what stands after key up to the character end. Never grows. */
static bool replace(char *text, size_t length, const char *key, char end, const char *value)
{
	char *start = memmem(text, length, key, strlen(key)), *stop;
	size_t size = strlen(value);

	if (!start)
		return false;
	start += strlen(key);
	stop = memchr(start, end, (size_t)(text + length - start));
	if (!stop || size > (size_t)(stop - start))
		return false;
	memcpy(start, value, size);
	memmove(start + size, stop, (size_t)(text + length - stop));
	memset(text + length - (size_t)(stop - start) + size, 0, (size_t)(stop - start) - size);
	return true;
}

/*
 * qemu-img writes a random CID into the descriptor, and the temporary name as the file's own: put the content's
 * number and the final name there.
 */
static int settle_vmdk(const char *path, const char *final, uint32_t content)
{
	static const char start[] = "# Disk DescriptorFile";
	char *text = mem_alloc(DESCRIPTOR_MAX), *descriptor, number[9];
	const char *slash = strrchr(final, '/');
	int fd = open(path, O_RDWR | O_CLOEXEC), result = 0;
	ssize_t got = fd < 0 ? -1 : pread(fd, text, DESCRIPTOR_MAX - 1, 0);
	size_t length = 0;

	descriptor = got < 0 ? NULL : memmem(text, (size_t)got, start, strlen(start));
	if (descriptor)
		length = strnlen(descriptor, (size_t)(text + got - descriptor));
	snprintf(number, sizeof(number), "%08x", content);
	if (got < 0)
		result = fail_errno("'%s'", path);
	else if (!descriptor || !replace(descriptor, length, "\nCID=", '\n', number) ||
		 !replace(descriptor, length, " SPARSE \"", '"', slash ? slash + 1 : final))
		result = fail("'%s': qemu-img wrote a VMDK without CID or name", path);
	else if (pwrite(fd, descriptor, length, descriptor - text) != (ssize_t)length)
		result = fail_errno("'%s'", path);
	if (fd >= 0)
		close(fd);
	free(text);
	return result;
}

static int convert(const char *raw, const char *output, const char *format, uint32_t content)
{
	char *final = with_suffix(output, format), *temp = temp_create(final);
	int result = -1;

	if (temp) {
		const char *argv[] = { "qemu-img", "convert", "-f", "raw", "-O", format, raw, temp, NULL };

		result = command_run(argv, "qemu-utils", 0);
		if (!result && !strcmp(format, "vmdk"))
			result = settle_vmdk(temp, final, content);
		if (!result)
			result = temp_keep(temp, final);
		else
			temp_drop(temp);
	}
	if (!result)
		say("wrote %s", final);
	free(final);
	return result;
}

int output_finish(char *temp, const char *output, unsigned int formats, uint32_t content)
{
	int result = 0;

	if (formats & FORMAT_QCOW2)
		result = convert(temp, output, "qcow2", content);
	if (!result && formats & FORMAT_VMDK)
		result = convert(temp, output, "vmdk", content);
	if (!result && formats & FORMAT_RAW) {
		char *final = ends_with(output, ".qcow2") || ends_with(output, ".vmdk") ? with_suffix(output, "img") :
											 mem_string(output);

		result = temp_keep(temp, final);
		if (!result)
			say("wrote %s", final);
		free(final);
		return result;
	}
	temp_drop(temp);
	return result;
}
