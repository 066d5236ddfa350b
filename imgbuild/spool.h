/* SPDX-License-Identifier: MIT */
/*
 * spool: the bytes of all files between reading a source and writing the file system.
 *
 * Sources are read in their own order, once, possibly from a pipe; the file system wants sizes
 * first and writes in its own order. So contents go to one unnamed temporary file (in TMPDIR, or
 * /var/tmp), and each file remembers which pieces of it are its own. Holes stay holes: what no
 * piece covers reads as zero and takes no block in the image.
 */
#pragma once

#include "imgbuild/report.h"

#include <stdint.h>

struct piece {
	uint64_t offset;	/* in the file */
	uint64_t size;
	uint64_t where;		/* in the spool */
};

struct content {
	uint64_t size;		/* of the file, holes included */
	uint32_t crc;		/* CRC32C over the pieces, in order */
	unsigned int nr_pieces;
	struct piece *pieces;	/* ascending, disjoint, never empty */
};

struct spool {
	int fd;
	uint64_t end;
};

int __must_check spool_init(struct spool *spool);
void spool_fini(struct spool *spool);

/*
 * Append size bytes that lie at offset of the file whose content this is. Offsets must ascend; an
 * overlap with what is there fails (a damaged archive).
 */
int __must_check spool_add(struct spool *spool, struct content *content, uint64_t offset,
			   const void *data, size_t size);

/* Fill buffer with bytes [offset, offset + size) of the content, zeroes where it has a hole or ends. */
int __must_check spool_read(const struct spool *spool, const struct content *content, uint64_t offset,
			    void *buffer, size_t size);

void content_fini(struct content *content);
