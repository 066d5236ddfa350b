/* SPDX-License-Identifier: MIT */
/*
 * Fuzz the payload stream: header check and placing, in pieces whose size the input chooses.
 *
 * Byte 0 is the piece size, byte 1 says whether magic, size and checksum are put right first (so that what lies
 * behind them is reached). Checked besides memory errors: a stream that ends well filled exactly its segments.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "loader/common/crc32.c"
#include "loader/common/payload_stream.c"

#define IMAGE_MAX	(1U << 20)

static uint8_t *image;

static int place(struct payload_stream *s)
{
	assert(s->start >= PAYLOAD_LOWEST && s->end <= PAYLOAD_LIMIT && s->start < s->end);
	if (s->end - s->start > IMAGE_MAX)
		return -LOAD_E_PLACE;
	image = malloc(s->end - s->start);
	memset(image, 0xa5, s->end - s->start);
	s->image = image;
	return 0;
}

static void check_segments(const struct payload_stream *s, const uint8_t *file)
{
	for (uint32_t i = 0; i < s->header.nr_segments; i++) {
		const struct payload_segment *seg = &s->header.segment[i];
		const uint8_t *at = image + (seg->paddr - s->start);

		assert(!memcmp(at, file + seg->offset, seg->file_size));
		for (uint64_t k = seg->file_size; k < seg->mem_size; k++)
			assert(!at[k]);
	}
}

static void make_right(uint8_t *file, size_t length)
{
	struct payload_header *h = (struct payload_header *)file;

	h->magic = PAYLOAD_MAGIC;
	h->version = PAYLOAD_VERSION;
	h->file_size = length;
	h->crc32c = 0;
	h->crc32c = crc32c_table(0, file, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct payload_stream s;
	size_t piece, length;
	uint8_t *file;
	int error = 0;

	if (size < 2)
		return 0;
	crc32_init();
	piece = 1 + data[0] * 17;
	length = size - 2;
	file = malloc(length + 1);
	memcpy(file, data + 2, length);
	if ((data[1] & 1) && length >= sizeof(struct payload_header))
		make_right(file, length);
	payload_stream_init(&s, place, NULL);
	for (size_t at = 0; at < length && !error; at += piece)
		error = payload_stream_push(&s, file + at, piece < length - at ? piece : length - at,
					    length);
	if (!error && !payload_stream_finish(&s))
		check_segments(&s, file);
	free(file);
	free(image);
	image = NULL;
	return 0;
}
