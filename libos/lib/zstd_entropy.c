/* SPDX-License-Identifier: MIT */
/*
 * Zstandard's entropy codes: FSE (RFC 8878, 4.1) and Huffman (4.2). See lib/internal.h.
 *
 * Every function accepts any input: table indices come from states and codes that the tables themselves
 * bound, frequencies are checked to fill a table exactly, and bit streams give zeroes behind their end and
 * remember it.
 */
#include "lib/internal.h"

#include "abi/errno.h"
#include "lib/bits.h"
#include "lib/byteorder.h"
#include "lib/string.h"

#define HUF_SYMBOLS	256
#define HUF_WEIGHT_LOG	6	/* accuracy limit of the weights' own FSE code */

int back_bits_init(struct back_bits *b, const uint8_t *data, size_t size)
{
	*b = (struct back_bits){ .start = data, .pos = data + size };
	if (!size || !data[size - 1])
		return -EINVAL;
	/* The highest set bit of the last byte marks the end; the stream begins below it. */
	b->pos--;
	b->n = __fls(*b->pos);
	b->acc = *b->pos & ((1U << b->n) - 1);
	return 0;
}

/* --- FSE --------------------------------------------------------------------------------------- */

/* Deal the symbols out over the states: the rare ones at the end, the others by a fixed stride. */
static void fse_spread(struct fse_table *t, const int16_t *freq, unsigned nr_symbols)
{
	unsigned size = 1U << t->log, step = (size >> 1) + (size >> 3) + 3, at = 0, high = size, s;
	int i;

	for (s = 0; s < nr_symbols; s++) {
		if (freq[s] == -1)
			t->entry[--high].symbol = (uint8_t)s;
	}
	for (s = 0; s < nr_symbols; s++) {
		for (i = 0; i < freq[s]; i++) {
			t->entry[at].symbol = (uint8_t)s;
			do
				at = (at + step) & (size - 1);
			while (at >= high);
		}
	}
}

void fse_build(struct fse_table *t, const int16_t *freq, unsigned nr_symbols, unsigned log)
{
	uint16_t next[FSE_SYMBOLS_MAX];
	unsigned size = 1U << log, i, s;

	t->log = log;
	t->valid = true;
	fse_spread(t, freq, nr_symbols);
	for (s = 0; s < nr_symbols; s++)
		next[s] = freq[s] == -1 ? 1 : (uint16_t)freq[s];
	for (i = 0; i < size; i++) {
		unsigned x = next[t->entry[i].symbol]++;

		t->entry[i].bits = (uint8_t)(log - __fls(x));
		t->entry[i].base = (uint16_t)((x << t->entry[i].bits) - size);
	}
}

void fse_build_rle(struct fse_table *t, uint8_t symbol)
{
	t->log = 0;
	t->valid = true;
	t->entry[0] = (struct fse_entry){ .symbol = symbol };
}

/* A forward bit reader, for table descriptions. */
struct fore_bits {
	const uint8_t *data;
	size_t size_bits, pos;
};

static uint32_t fore_bits_peek(const struct fore_bits *b, unsigned n)
{
	uint32_t v = 0;
	unsigned i;

	for (i = 0; i < n && b->pos + i < b->size_bits; i++)
		v |= (uint32_t)(b->data[(b->pos + i) / 8] >> ((b->pos + i) % 8) & 1) << i;
	return v;
}

/*
 * One frequency plus one, 0..left + 1. Values below the count of unused ones are written in a bit less: the
 * code space of the last bit is not wasted on values that cannot be.
 */
static unsigned read_frequency(struct fore_bits *b, unsigned left)
{
	unsigned bits = __fls(left + 1) + 1, half = 1U << (bits - 1), unused = 2 * half - 1 - (left + 1);
	unsigned v = fore_bits_peek(b, bits);

	if ((v & (half - 1)) < unused) {
		b->pos += bits - 1;
		return v & (half - 1);
	}
	b->pos += bits;
	return v >= half ? v - unused : v;
}

int fse_read(struct fse_table *t, const uint8_t *src, size_t size, unsigned max_symbols, unsigned max_log)
{
	struct fore_bits b = { .data = src, .size_bits = size * 8 };
	unsigned log = fore_bits_peek(&b, 4) + 5, left = 1U << log, n = 0, v, skip;
	int16_t freq[FSE_SYMBOLS_MAX];

	t->valid = false;
	b.pos = 4;
	if (log > max_log)
		return -EINVAL;
	while (left && n < max_symbols) {
		v = read_frequency(&b, left);
		freq[n++] = (int16_t)(v - 1);
		left -= v ? v - 1 : 1;
		if (v != 1)
			continue;
		do {		/* after a zero: two-bit counts of further ones, 3 meaning another count follows */
			skip = fore_bits_peek(&b, 2);
			b.pos += 2;
			for (v = 0; v < skip && n < max_symbols; v++)
				freq[n++] = 0;
			if (v < skip)
				return -EINVAL;
		} while (skip == 3 && b.pos < b.size_bits);
	}
	if (left || b.pos > b.size_bits)
		return -EINVAL;
	fse_build(t, freq, n, log);
	return (int)((b.pos + 7) / 8);
}

/* --- Huffman ----------------------------------------------------------------------------------- */

/*
 * Turn n weights into a table. The weight of one more symbol is what fills the code space to a power of two.
 * A symbol of weight w owns 2^(w-1) of the 2^log entries, lower weights first, equal ones by symbol.
 */
static int huf_build(struct huf_table *t, uint8_t weight[HUF_SYMBOLS], unsigned n)
{
	unsigned total = 0, rest, log, i, w, at = 0;

	t->log = 0;
	for (i = 0; i < n; i++) {
		if (weight[i] > HUF_LOG_MAX)
			return -EINVAL;
		total += weight[i] ? 1U << (weight[i] - 1) : 0;
	}
	if (!total)
		return -EINVAL;
	log = __fls(total) + 1;
	rest = (1U << log) - total;
	if (log > HUF_LOG_MAX || !is_power_of_2(rest))
		return -EINVAL;
	weight[n++] = (uint8_t)(__fls(rest) + 1);
	for (w = 1; w <= log; w++) {
		for (i = 0; i < n; i++) {
			unsigned run = weight[i] == w ? 1U << (w - 1) : 0;

			while (run--) {
				t->entry[at].symbol = (uint8_t)i;
				t->entry[at++].bits = (uint8_t)(log + 1 - w);
			}
		}
	}
	t->log = log;
	return 0;
}

/* Weights coded by FSE with two states that take turns, until the bits are used up. Count, or -EINVAL. */
static int huf_read_fse_weights(uint8_t *weight, const uint8_t *src, size_t size, struct fse_table *fse)
{
	unsigned state[2], n = 0, turn;
	const struct fse_entry *e;
	struct back_bits b;
	int used, err;

	used = fse_read(fse, src, size, HUF_LOG_MAX + 1, HUF_WEIGHT_LOG);
	if (used < 0)
		return used;
	err = back_bits_init(&b, src + used, size - (size_t)used);
	if (err)
		return err;
	state[0] = back_bits_take(&b, fse->log);
	state[1] = back_bits_take(&b, fse->log);
	for (turn = 0; ; turn ^= 1) {
		if (b.overrun || n >= HUF_SYMBOLS - 2)
			return -EINVAL;
		e = &fse->entry[state[turn]];
		weight[n++] = e->symbol;
		state[turn] = e->base + back_bits_take(&b, e->bits);
		if (b.overrun) {	/* that state has no successor: the other one's symbol is the last */
			weight[n++] = fse->entry[state[turn ^ 1]].symbol;
			return (int)n;
		}
	}
}

int huf_read(struct huf_table *t, const uint8_t *src, size_t size, struct fse_table *fse)
{
	uint8_t weight[HUF_SYMBOLS] = { 0 };
	unsigned n, i;
	int count, err;

	if (!size)
		return -EINVAL;
	n = src[0];
	if (n < 128) {
		if (n >= size)
			return -EINVAL;
		count = huf_read_fse_weights(weight, src + 1, n, fse);
		if (count < 0)
			return count;
		err = huf_build(t, weight, (unsigned)count);
		return err ? err : (int)n + 1;
	}
	n -= 127;		/* direct: four bits each, the high half first */
	if (1 + (n + 1) / 2 > size)
		return -EINVAL;
	for (i = 0; i < n; i++)
		weight[i] = i % 2 ? src[1 + i / 2] & 15 : src[1 + i / 2] >> 4;
	err = huf_build(t, weight, n);
	return err ? err : 1 + (int)(n + 1) / 2;
}

int huf_decode(const struct huf_table *t, const uint8_t *src, size_t size, uint8_t *dst, size_t n)
{
	struct back_bits b;
	int err = back_bits_init(&b, src, size);

	if (err)
		return err;
	for (; n; n--) {
		unsigned i = back_bits_peek(&b, t->log);

		*dst++ = t->entry[i].symbol;
		back_bits_skip(&b, t->entry[i].bits);
	}
	return back_bits_done(&b) ? 0 : -EINVAL;
}
