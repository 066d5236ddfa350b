/* SPDX-License-Identifier: MIT */
/*
 * payload_stream: check, checksum and distribute a payload file on the fly.
 *
 * Invariants, which payload_check_header() establishes and the copying relies on
 *  (1) Segments are sorted both by file offset and by address, and overlap in neither.
 *  (2) Every segment lies in [PAYLOAD_LOWEST, PAYLOAD_LIMIT), so no sum here can wrap.
 *  (3) position <= file_size; segment `segment` is the only one that can take the next byte.
 */
#include "loader/common/payload_stream.h"

#include "loader/common/cpu.h"
#include "loader/common/crc32.h"

#define PAGE		4096ULL

static int check_segment(const struct payload_segment *seg, uint64_t lowest_offset,
			 uint64_t lowest_paddr, uint64_t file_size)
{
	if (seg->paddr % PAGE || seg->offset % PAGE)
		return -LOAD_E_HEADER;
	if (seg->paddr < lowest_paddr || seg->paddr >= PAYLOAD_LIMIT)
		return -LOAD_E_HEADER;
	if (!seg->mem_size || seg->mem_size > PAYLOAD_LIMIT - seg->paddr)
		return -LOAD_E_HEADER;
	if (seg->file_size > seg->mem_size || seg->offset < lowest_offset)
		return -LOAD_E_HEADER;
	if (seg->offset > file_size || seg->file_size > file_size - seg->offset)
		return -LOAD_E_HEADER;
	return 0;
}

int payload_check_header(const struct payload_header *h, uint64_t file_size)
{
	uint64_t offset = sizeof(*h), paddr = PAYLOAD_LOWEST;
	bool entry_found = false;

	if (h->magic != PAYLOAD_MAGIC)
		return -LOAD_E_NOT_PAYLOAD;
	if (h->version != PAYLOAD_VERSION)
		return -LOAD_E_VERSION;
	if (h->file_size > file_size)
		return -LOAD_E_TRUNCATED;
	if (h->file_size != file_size || !h->nr_segments || h->nr_segments > PAYLOAD_SEGMENTS_MAX)
		return -LOAD_E_HEADER;
	for (uint32_t i = 0; i < h->nr_segments; i++) {
		const struct payload_segment *seg = &h->segment[i];
		int error = check_segment(seg, offset, paddr, file_size);

		if (error)
			return error;
		offset = seg->offset + seg->file_size;
		paddr = (seg->paddr + seg->mem_size + PAGE - 1) & ~(PAGE - 1);
		if (h->entry >= seg->paddr && h->entry - seg->paddr < seg->file_size)
			entry_found = true;
	}
	return entry_found ? 0 : -LOAD_E_HEADER;
}

uint32_t payload_header_crc(const struct payload_header *h)
{
	struct payload_header copy;

	cpu_copy(&copy, h, sizeof(copy));
	copy.crc32c = 0;
	return crc32c_update(0, &copy, sizeof(copy));
}

void payload_stream_init(struct payload_stream *s, int (*place)(struct payload_stream *),
			 void *context)
{
	cpu_fill(s, 0, sizeof(*s));
	s->place = place;
	s->context = context;
}

static int header_complete(struct payload_stream *s, uint64_t file_size)
{
	const struct payload_header *h = &s->header;
	const struct payload_segment *last;
	int error = payload_check_header(h, file_size);

	if (error)
		return error;
	last = &h->segment[h->nr_segments - 1];
	s->start = h->segment[0].paddr;
	s->end = (last->paddr + last->mem_size + PAGE - 1) & ~(PAGE - 1);
	s->crc = payload_header_crc(h);
	return s->place(s);
}

static size_t smaller(uint64_t a, uint64_t b)
{
	return (size_t)(a < b ? a : b);
}

/* Bytes after the header: hand them to segments, skip what lies between. */
static void distribute(struct payload_stream *s, const uint8_t *data, size_t size)
{
	while (size && s->segment < s->header.nr_segments) {
		const struct payload_segment *seg = &s->header.segment[s->segment];
		uint64_t into;
		size_t n;

		if (s->position < seg->offset) {
			n = smaller(size, seg->offset - s->position);
		} else {
			into = s->position - seg->offset;
			n = smaller(size, seg->file_size - into);
			cpu_copy(s->image + (size_t)(seg->paddr - s->start + into), data, n);
			if (into + n == seg->file_size)
				s->segment++;
		}
		data += n;
		size -= n;
		s->position += n;
	}
	s->position += size;
}

int payload_stream_push(struct payload_stream *s, const void *data, size_t size,
			uint64_t file_size)
{
	const uint8_t *bytes = data;

	if (s->position < sizeof(s->header)) {
		size_t n = smaller(size, sizeof(s->header) - s->position);

		cpu_copy((uint8_t *)&s->header + (size_t)s->position, bytes, n);
		s->position += n;
		bytes += n;
		size -= n;
		if (s->position == sizeof(s->header)) {
			int error = header_complete(s, file_size);

			if (error)
				return error;
		}
	}
	if (size > file_size - s->position)
		return -LOAD_E_HEADER;
	s->crc = crc32c_update(s->crc, bytes, size);
	distribute(s, bytes, size);
	return 0;
}

int payload_stream_finish(struct payload_stream *s)
{
	const struct payload_header *h = &s->header;

	if (s->position < sizeof(*h))
		return -LOAD_E_NOT_PAYLOAD;
	if (s->position != h->file_size)
		return -LOAD_E_TRUNCATED;
	if (s->crc != h->crc32c)
		return -LOAD_E_CRC;
	for (uint32_t i = 0; i < h->nr_segments; i++) {
		const struct payload_segment *seg = &h->segment[i];

		cpu_fill(s->image + (size_t)(seg->paddr - s->start + seg->file_size), 0,
			 (size_t)(seg->mem_size - seg->file_size));
	}
	return 0;
}
