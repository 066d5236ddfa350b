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

/* In a text that ends with NUL or after room bytes, replace what stands between key and the character end. */
static bool replace(char *text, size_t room, const char *key, char end, const char *value)
{
	size_t length = strnlen(text, room), size = strlen(value), old_size;
	char *start = memmem(text, length, key, strlen(key)), *stop;

	if (!start)
		return false;
	start += strlen(key);
	stop = memchr(start, end, (size_t)(text + length - start));
	if (!stop)
		return false;
	old_size = (size_t)(stop - start);
	if (length - old_size + size > room)
		return false;
	memmove(start + size, stop, (size_t)(text + length - stop));
	memcpy(start, value, size);
	if (size < old_size)
		memset(text + length - (old_size - size), 0, old_size - size);
	return true;
}

/* Put CID and file name into the descriptor that lies somewhere in the size bytes of text. */
static bool settle_descriptor(char *text, size_t size, const char *final, uint32_t content)
{
	static const char start[] = "# Disk DescriptorFile";
	char *descriptor = memmem(text, size, start, strlen(start)), number[9];
	const char *slash = strrchr(final, '/');
	size_t length;

	if (!descriptor)
		return false;
	length = strnlen(descriptor, (size_t)(text + size - descriptor));
	snprintf(number, sizeof(number), "%08x", content);
	/* The name first: it becomes shorter, the CID may become longer (qemu-img leaves leading zeros out). */
	return replace(descriptor, length, " SPARSE \"", '"', slash ? slash + 1 : final) &&
	       replace(descriptor, length, "\nCID=", '\n', number);
}

/*
 * qemu-img writes a random CID into a VMDK, and the temporary name as the file's own: put the content's number and
 * the final name there.
 */
static int settle_vmdk(const char *path, const char *final, uint32_t content)
{
	char *text = mem_alloc(DESCRIPTOR_MAX);
	int fd = open(path, O_RDWR | O_CLOEXEC), result = 0;
	ssize_t size = fd < 0 ? -1 : pread(fd, text, DESCRIPTOR_MAX, 0);

	if (size < 0)
		result = fail_errno("'%s'", path);
	else if (!settle_descriptor(text, (size_t)size, final, content))
		result = fail("'%s': qemu-img wrote a VMDK without CID or name", path);
	else if (pwrite(fd, text, (size_t)size, 0) != size)
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
