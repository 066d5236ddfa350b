/* SPDX-License-Identifier: MIT */
/*
 * payload_stream: put a payload file (boot_info.h) in its place while it is being read.
 *
 * Model. The caller pushes the file's bytes in order, in pieces of any size. When the header is
 * complete it is checked and place() is asked for the memory of [start, end), the physical range
 * the segments span; from then on bytes go straight to their segment. finish() compares length
 * and checksum and zeroes each segment's rest. Nothing may be run before finish() returned 0.
 *
 * Order: init, push..., finish. After an error the stream is dead. Single threaded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/boot_info.h"
#include "loader/common/load_error.h"

#define PAYLOAD_LOWEST		0x100000ULL	/* below lies what firmware and loader need */
#define PAYLOAD_LIMIT		0x100000000ULL	/* the hand-over maps the first 4 GiB */

struct payload_stream {
	struct payload_header header;
	uint64_t position;		/* bytes pushed so far */
	uint32_t crc;
	uint32_t segment;		/* the first one not complete */
	uint64_t start, end;		/* whole pages; valid once place() is called */
	uint8_t *image;			/* place() sets it: where byte `start` is to be written */
	/* Returns 0 or -enum load_error. `start`, `end` and the header are valid and checked. */
	int (*place)(struct payload_stream *stream);
	void *context;			/* place()'s own */
};

/*
 * Is this header one that payload wrote, for a file of file_size bytes? Checks all but the checksum.
 * Returns 0 or -LOAD_E_NOT_PAYLOAD, _VERSION, _TRUNCATED, _HEADER.
 */
int payload_check_header(const struct payload_header *h, uint64_t file_size) __must_check;

/*
 * The file checksum's start: that of the header with its crc32c field taken as 0.
 * crc32_init() must have been called.
 */
uint32_t payload_header_crc(const struct payload_header *h);

/* Start a stream; place and context as above. */
void payload_stream_init(struct payload_stream *s, int (*place)(struct payload_stream *),
			 void *context);

/*
 * Take the next size bytes. file_size is the whole file's size as the file system says.
 * Returns 0 or an error of the header check, or of place().
 */
int payload_stream_push(struct payload_stream *s, const void *data, size_t size,
			uint64_t file_size) __must_check;

/* The file has ended. Returns 0 with the image complete, or -LOAD_E_TRUNCATED, -LOAD_E_CRC. */
int payload_stream_finish(struct payload_stream *s) __must_check;
