/* SPDX-License-Identifier: MIT */
/* The payload stream: pieces of every size give the same image; every broken header is refused. */
#include "test.h"

#include "loader/common/crc32.c"
#include "loader/common/payload_stream.c"

#include <string.h>

#define IMAGE_SIZE	(8 * 4096)
#define FILE_SIZE	(4096 * 3 + 1234)
#define BASE		0x1000000ULL

static struct {
	_Alignas(8) uint8_t file[FILE_SIZE];
	uint8_t image[IMAGE_SIZE];
	int place_result;
} fix;

static struct payload_header *header(void)
{
	return (struct payload_header *)fix.file;
}

static void seal(void)
{
	header()->crc32c = 0;
	header()->crc32c = crc32c_table(0, fix.file, FILE_SIZE);
}

/* Two segments with a page between them in memory, both with BSS. */
static void make_file(void)
{
	crc32_init();
	test_random_bytes(fix.file, sizeof(fix.file));
	memset(fix.image, 0xee, sizeof(fix.image));
	fix.place_result = 0;
	*header() = (struct payload_header){
		PAYLOAD_MAGIC, PAYLOAD_VERSION, 0, FILE_SIZE, BASE + 8, 2, 0, {
			{ BASE, 4096, 5000, 8192 },
			{ BASE + 3 * 4096, 3 * 4096, 1234, 2 * 4096 + 7 },
		},
	};
	seal();
}

static int place(struct payload_stream *s)
{
	CHECK_EQ(s->start, BASE);
	CHECK_EQ(s->end, BASE + 6 * 4096);
	s->image = fix.image;
	return fix.place_result;
}

static int load(size_t piece)
{
	struct payload_stream s;

	payload_stream_init(&s, place, NULL);
	for (size_t at = 0; at < FILE_SIZE; at += piece) {
		size_t n = piece < FILE_SIZE - at ? piece : FILE_SIZE - at;
		int error = payload_stream_push(&s, fix.file + at, n, FILE_SIZE);

		if (error)
			return error;
	}
	return payload_stream_finish(&s);
}

static void check_image(void)
{
	CHECK_MEM(fix.image, fix.file + 4096, 5000);
	for (int i = 5000; i < 8192; i++)
		CHECK_EQ(fix.image[i], 0);
	for (int i = 8192; i < 3 * 4096; i++)
		CHECK_EQ(fix.image[i], 0xee);
	CHECK_MEM(fix.image + 3 * 4096, fix.file + 3 * 4096, 1234);
	for (int i = 3 * 4096 + 1234; i < 5 * 4096 + 7; i++)
		CHECK_EQ(fix.image[i], 0);
	CHECK_EQ(fix.image[5 * 4096 + 7], 0xee);
}

TEST(payload_stream_takes_pieces_of_any_size)
{
	static const size_t pieces[] = { 1, 7, 511, 512, 552, 553, 4095, 4096, 4097, 9000, FILE_SIZE };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		make_file();
		CHECK_EQ(load(pieces[i]), 0);
		check_image();
	}
}

TEST(payload_stream_sees_every_flipped_bit)
{
	make_file();
	for (int round = 0; round < 500; round++) {
		size_t at = sizeof(struct payload_header) +
			    test_random_below(FILE_SIZE - sizeof(struct payload_header));
		uint8_t bit = (uint8_t)(1U << test_random_below(8));

		fix.file[at] ^= bit;
		CHECK_EQ(load(512), -LOAD_E_CRC);
		fix.file[at] ^= bit;
	}
	CHECK_EQ(load(512), 0);
}

TEST(payload_stream_sees_the_end_come_too_early)
{
	struct payload_stream s;

	make_file();
	payload_stream_init(&s, place, NULL);
	CHECK_EQ(payload_stream_finish(&s), -LOAD_E_NOT_PAYLOAD);
	payload_stream_init(&s, place, NULL);
	CHECK_EQ(payload_stream_push(&s, fix.file, 9000, FILE_SIZE), 0);
	CHECK_EQ(payload_stream_finish(&s), -LOAD_E_TRUNCATED);
	payload_stream_init(&s, place, NULL);
	CHECK_EQ(payload_stream_push(&s, fix.file, 600, FILE_SIZE - 1), -LOAD_E_TRUNCATED);
	payload_stream_init(&s, place, NULL);
	CHECK_EQ(payload_stream_push(&s, fix.file, 600, FILE_SIZE + 1), -LOAD_E_HEADER);
}

TEST(payload_stream_refuses_more_than_the_file)
{
	struct payload_stream s;

	make_file();
	payload_stream_init(&s, place, NULL);
	CHECK_EQ(payload_stream_push(&s, fix.file, FILE_SIZE, FILE_SIZE), 0);
	CHECK_EQ(payload_stream_push(&s, fix.file, 1, FILE_SIZE), -LOAD_E_HEADER);
}

TEST(payload_stream_passes_on_what_place_says)
{
	make_file();
	fix.place_result = -LOAD_E_PLACE;
	CHECK_EQ(load(4096), -LOAD_E_PLACE);
}

#define REFUSES(result, change) \
	do { \
		make_file(); \
		change; \
		seal(); \
		CHECK_EQ(load(4096), -(result)); \
	} while (0)

TEST(payload_header_checks)
{
	struct payload_header *h = header();

	REFUSES(LOAD_E_NOT_PAYLOAD, h->magic++);
	REFUSES(LOAD_E_VERSION, h->version++);
	REFUSES(LOAD_E_TRUNCATED, h->file_size++);
	REFUSES(LOAD_E_HEADER, h->file_size--);
	REFUSES(LOAD_E_HEADER, h->nr_segments = 0);
	REFUSES(LOAD_E_HEADER, h->nr_segments = PAYLOAD_SEGMENTS_MAX + 1);
	REFUSES(LOAD_E_HEADER, h->nr_segments = 3);
	REFUSES(LOAD_E_HEADER, h->entry = BASE - 1);
	REFUSES(LOAD_E_HEADER, h->entry = BASE + 5000);
	REFUSES(LOAD_E_HEADER, h->entry = UINT64_MAX);
	REFUSES(LOAD_E_HEADER, h->segment[0].paddr = 0);
	REFUSES(LOAD_E_HEADER, h->segment[0].paddr += 16);
	REFUSES(LOAD_E_HEADER, h->segment[0].paddr = BASE + 2 * 4096);
	REFUSES(LOAD_E_HEADER, h->segment[0].offset = 0);
}

TEST(payload_header_checks_of_the_second_segment)
{
	struct payload_segment *seg = &header()->segment[1];

	REFUSES(LOAD_E_HEADER, seg->paddr = 1ULL << 32);
	REFUSES(LOAD_E_HEADER, seg->paddr = BASE + 4096);
	REFUSES(LOAD_E_HEADER, seg->paddr = UINT64_MAX - 4095);
	REFUSES(LOAD_E_HEADER, seg->mem_size = 1ULL << 32);
	REFUSES(LOAD_E_HEADER, seg->mem_size = UINT64_MAX);
	REFUSES(LOAD_E_HEADER, seg->mem_size = 0);
	REFUSES(LOAD_E_HEADER, seg->mem_size = 1233);
	REFUSES(LOAD_E_HEADER, seg->file_size = 1235);
	REFUSES(LOAD_E_HEADER, seg->file_size = UINT64_MAX);
	REFUSES(LOAD_E_HEADER, seg->offset = 4096);
	REFUSES(LOAD_E_HEADER, seg->offset += 512);
	REFUSES(LOAD_E_HEADER, seg->offset = UINT64_MAX & ~4095ULL);
}
