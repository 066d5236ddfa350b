/* SPDX-License-Identifier: MIT */
/*
 * spool: file contents on their way from a source to the image. See spool.h.
 */
#include "imgbuild/spool.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int spool_init(struct spool *spool)
{
	const char *folder = getenv("TMPDIR");
	char *path;

	spool->end = 0;
	path = mem_format("%s/imgbuild.XXXXXX", folder && *folder ? folder : "/var/tmp");
	spool->fd = mkostemp(path, O_CLOEXEC);
	if (spool->fd < 0)
		fail_errno("cannot create a temporary file '%s'", path);
	else
		unlink(path);
	free(path);
	return spool->fd < 0 ? -1 : 0;
}

void spool_fini(struct spool *spool)
{
	if (spool->fd >= 0)
		close(spool->fd);
	spool->fd = -1;
}

static int write_all(int fd, uint64_t where, const char *data, size_t size)
{
	while (size) {
		ssize_t done = pwrite(fd, data, size, (off_t)where);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail_errno("cannot write to the temporary file (TMPDIR chooses its folder)");
		data += done;
		where += (uint64_t)done;
		size -= (size_t)done;
	}
	return 0;
}

int spool_add(struct spool *spool, struct content *content, uint64_t offset, const void *data, size_t size)
{
	struct piece *last = content->nr_pieces ? &content->pieces[content->nr_pieces - 1] : NULL;

	if (!size)
		return 0;
	if (last && offset < last->offset + last->size)
		return fail("damaged archive: data of one file overlaps");
	if (write_all(spool->fd, spool->end, data, size))
		return -1;
	content->crc = ext2fs_crc32c_le(content->crc, data, size);
	if (last && last->offset + last->size == offset && last->where + last->size == spool->end) {
		last->size += size;
	} else {
		content->pieces = mem_resize(content->pieces, content->nr_pieces + 1, sizeof(*last));
		content->pieces[content->nr_pieces++] = (struct piece){ offset, size, spool->end };
	}
	spool->end += size;
	if (content->size < offset + size)
		content->size = offset + size;
	return 0;
}

/* Index of the first piece that ends behind offset, or nr_pieces. */
static unsigned int first_piece(const struct content *content, uint64_t offset)
{
	unsigned int low = 0, high = content->nr_pieces;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (content->pieces[middle].offset + content->pieces[middle].size <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int read_all(int fd, uint64_t where, char *data, size_t size)
{
	while (size) {
		ssize_t done = pread(fd, data, size, (off_t)where);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return fail_errno("cannot read the temporary file");
		data += done;
		where += (uint64_t)done;
		size -= (size_t)done;
	}
	return 0;
}

int spool_read(const struct spool *spool, const struct content *content, uint64_t offset, void *buffer,
	       size_t size)
{
	memset(buffer, 0, size);
	for (unsigned int i = first_piece(content, offset); i < content->nr_pieces; i++) {
		const struct piece *piece = &content->pieces[i];
		uint64_t from = piece->offset > offset ? piece->offset : offset;
		uint64_t to = piece->offset + piece->size;

		if (from >= offset + size)
			break;
		if (to > offset + size)
			to = offset + size;
		if (read_all(spool->fd, piece->where + (from - piece->offset),
			     (char *)buffer + (from - offset), to - from))
			return -1;
	}
	return 0;
}

void content_fini(struct content *content)
{
	free(content->pieces);
	memset(content, 0, sizeof(*content));
}
