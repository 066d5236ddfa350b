/* SPDX-License-Identifier: MIT */
/* What the files of the Zstandard decoder share: zstd.c, zstd_entropy.c, xxhash64.c, decomp.c. */
#pragma once

#include "lib/compiler.h"

#define ZSTD_MAGIC		0xfd2fb528U
#define ZSTD_SKIP_MAGIC		0x184d2a50U	/* and the 15 numbers above it */
#define ZSTD_SKIP_MASK		0xfffffff0U

/* Workspace for the frame at src (skippable frames before it are passed over), or -errno. */
ssize_t __must_check zstd_workspace_size(const void *src, size_t size);

/* --- XXH64, the frame checksum ------------------------------------------------------------------- */

struct xxhash64 {
	uint64_t lane[4];
	uint64_t total;
	uint8_t block[32];	/* the incomplete last stripe */
};

void xxhash64_init(struct xxhash64 *x);
void xxhash64_update(struct xxhash64 *x, const void *data, size_t n);
uint64_t xxhash64_final(const struct xxhash64 *x);

/* --- Bit streams read from the end (RFC 8878, 4.1 and 4.2) --------------------------------------- */

struct back_bits {
	const uint8_t *start, *pos;	/* bytes [start, pos) are still to be taken */
	uint64_t acc;			/* the next bits, in the low `n` bits; the first is the highest */
	unsigned n;
	bool overrun;			/* more was asked for than there was: zeroes were given */
};

/* 0, or -EINVAL: empty, or without the end mark. */
int __must_check back_bits_init(struct back_bits *b, const uint8_t *data, size_t size);

static inline void back_bits_refill(struct back_bits *b)
{
	while (b->n <= 56 && b->pos > b->start) {
		b->acc = b->acc << 8 | *--b->pos;
		b->n += 8;
	}
}

/* The next k bits (0..32) without taking them; zeroes behind the end. */
static inline uint32_t back_bits_peek(struct back_bits *b, unsigned k)
{
	uint64_t v;

	if (b->n < k)
		back_bits_refill(b);
	v = b->n >= k ? b->acc >> (b->n - k) : b->acc << (k - b->n);
	return (uint32_t)(v & ((1ULL << k) - 1));
}

static inline void back_bits_skip(struct back_bits *b, unsigned k)
{
	if (b->n < k) {
		b->overrun = true;
		b->n = 0;
		b->acc = 0;
		return;
	}
	b->n -= k;
}

static inline uint32_t back_bits_take(struct back_bits *b, unsigned k)
{
	uint32_t v = back_bits_peek(b, k);

	back_bits_skip(b, k);
	return v;
}

/* All taken, and nothing more? */
static inline bool back_bits_done(const struct back_bits *b)
{
	return !b->overrun && b->n == 0 && b->pos == b->start;
}

/* --- Entropy tables ------------------------------------------------------------------------------ */

#define FSE_LOG_MAX	9
#define FSE_SYMBOLS_MAX	53

struct fse_entry {
	uint8_t symbol;
	uint8_t bits;		/* to read for the next state */
	uint16_t base;		/* added to them */
};

struct fse_table {
	unsigned log;		/* of the number of states; 0 with one state: run-length */
	bool valid;
	struct fse_entry entry[1 << FSE_LOG_MAX];
};

/* The table for given frequencies (-1: "less than one"), which add up to 1 << log. */
void fse_build(struct fse_table *t, const int16_t *freq, unsigned nr_symbols, unsigned log);
/* The table that always gives one symbol and takes no bits. */
void fse_build_rle(struct fse_table *t, uint8_t symbol);
/* Read a table description and build the table. Bytes used, or -EINVAL. */
int __must_check fse_read(struct fse_table *t, const uint8_t *src, size_t size, unsigned max_symbols,
			  unsigned max_log);

#define HUF_LOG_MAX	11

struct huf_table {
	unsigned log;		/* longest code; 0: no table yet */
	struct {
		uint8_t symbol, bits;
	} entry[1 << HUF_LOG_MAX];
};

/* Read a tree description and build the table; `fse` is scratch. Bytes used, or -EINVAL. */
int __must_check huf_read(struct huf_table *t, const uint8_t *src, size_t size, struct fse_table *fse);
/* Decode exactly n symbols, which use up the stream. 0 or -EINVAL. */
int __must_check huf_decode(const struct huf_table *t, const uint8_t *src, size_t size, uint8_t *dst, size_t n);
