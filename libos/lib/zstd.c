/* SPDX-License-Identifier: MIT */
/*
 * Zstandard decompression, after RFC 8878: frames, blocks, literals, sequences. See lib/decomp.h. The
 * entropy codes are in zstd_entropy.c.
 *
 * Output goes to a ring as large as the frame's window and one block, so that every match a frame may ask for
 * is still there. Sequences are carried out as they are decoded. After each block the sink gets what is new.
 *
 * Bounds: a ring position is always < ring_size; a match may not reach back further than min(produced, window);
 * a block may not produce more than its limit; sections of a block are cut from its bytes by size checks.
 */
#include "abi/errno.h"
#include "lib/bits.h"
#include "lib/byteorder.h"
#include "lib/decomp.h"
#include "lib/internal.h"
#include "lib/string.h"

#define BLOCK_MAX	(128U << 10)
#define WINDOW_MAX	(128ULL << 20)
#define LL_CODES	36
#define ML_CODES	53
#define OF_CODES	32

struct frame_header {
	uint64_t window;
	uint64_t content_size;		/* valid if has_size */
	size_t length;			/* of the header, with the magic number */
	bool has_size, has_checksum;
};

struct zstd {
	struct decomp *d;
	struct frame_header frame;
	size_t ring_size, pos;		/* pos: where the next byte goes */
	size_t block_limit;		/* most a block may produce */
	size_t block_produced;
	uint32_t repeat[3];		/* last offsets used */
	struct xxhash64 sum;
	struct huf_table huffman;
	struct fse_table ll, of, ml, scratch;
	const uint8_t *literal;		/* what sequences still have to take */
	size_t nr_literals;
	uint8_t literals[BLOCK_MAX];
	uint8_t ring[];
};

/* A cut of the input. */
struct span {
	const uint8_t *p;
	size_t n;
};

static void span_advance(struct span *s, size_t n)
{
	s->p += n;
	s->n -= n;
}

/* --- Output ------------------------------------------------------------------------------------ */

/* Room for n more bytes of this block? Counts them. */
static bool block_take(struct zstd *z, size_t n)
{
	if (n > z->block_limit - z->block_produced)
		return false;
	z->block_produced += n;
	return true;
}

static void put_bytes(struct zstd *z, const uint8_t *src, size_t n)
{
	size_t run = min(n, z->ring_size - z->pos);

	memcpy(z->ring + z->pos, src, run);
	memcpy(z->ring, src + run, n - run);
	z->pos += n;
	if (z->pos >= z->ring_size)
		z->pos -= z->ring_size;
}

static void put_repeated(struct zstd *z, uint8_t byte, size_t n)
{
	size_t run = min(n, z->ring_size - z->pos);

	memset(z->ring + z->pos, byte, run);
	memset(z->ring, byte, n - run);
	z->pos += n;
	if (z->pos >= z->ring_size)
		z->pos -= z->ring_size;
}

/* Copy from `offset` bytes back; source and destination may overlap, and either may wrap. */
static void put_match(struct zstd *z, size_t offset, size_t n)
{
	size_t from = z->pos >= offset ? z->pos - offset : z->pos + z->ring_size - offset, run, i;

	while (n) {
		run = min(min(n, z->ring_size - z->pos), z->ring_size - from);
		if (offset >= run) {
			memcpy(z->ring + z->pos, z->ring + from, run);
		} else {
			for (i = 0; i < run; i++)
				z->ring[z->pos + i] = z->ring[from + i];
		}
		z->pos += run;
		from += run;
		z->pos = z->pos == z->ring_size ? 0 : z->pos;
		from = from == z->ring_size ? 0 : from;
		n -= run;
	}
}

static int emit(struct zstd *z, size_t from, size_t n)
{
	if (!n)
		return 0;
	if (z->frame.has_checksum)
		xxhash64_update(&z->sum, z->ring + from, n);
	z->d->produced += n;
	return z->d->sink(z->d->arg, z->ring + from, n);
}

/* Give the sink what the block produced. */
static int flush_block(struct zstd *z)
{
	size_t n = z->block_produced;
	int err;

	z->block_produced = 0;
	if (n <= z->pos)
		return emit(z, z->pos - n, n);
	err = emit(z, z->ring_size - (n - z->pos), n - z->pos);
	return err ? err : emit(z, 0, z->pos);
}

/* --- Literals (3.1.1.3.1) ---------------------------------------------------------------------- */

enum literals_type { LITERALS_RAW, LITERALS_RLE, LITERALS_COMPRESSED, LITERALS_TREELESS };

struct literals_header {
	enum literals_type type;
	size_t regenerated, compressed;
	bool four_streams;
};

/* Cut the header off; -EINVAL if it is incomplete. */
static int read_literals_header(struct span *in, struct literals_header *h)
{
	unsigned format, bits, length;
	uint64_t v = 0;
	size_t i;

	if (!in->n)
		return -EINVAL;
	h->type = in->p[0] & 3;
	format = in->p[0] >> 2 & 3;
	if (h->type <= LITERALS_RLE) {
		length = format == 1 ? 2 : format == 3 ? 3 : 1;
		bits = length == 1 ? 5 : length * 8 - 4;
	} else {
		length = format < 2 ? 3 : format + 2;
		bits = format < 2 ? 10 : format == 2 ? 14 : 18;
	}
	if (in->n < length)
		return -EINVAL;
	for (i = 0; i < length; i++)
		v |= (uint64_t)in->p[i] << (8 * i);
	v >>= length == 1 ? 3 : 4;
	h->regenerated = v & ((1U << bits) - 1);
	h->compressed = v >> bits & ((1U << bits) - 1);
	h->four_streams = format != 0;
	span_advance(in, length);
	return h->regenerated > BLOCK_MAX ? -EINVAL : 0;
}

/* Four streams of equal share; the first three sizes stand in front (3.1.1.3.1.6). */
static int decode_four_streams(struct zstd *z, struct span in, size_t total)
{
	size_t share = (total + 3) / 4, sizes[4], i, n;
	uint8_t *out = z->literals;
	int err;

	if (in.n < 6 || share * 3 > total)
		return -EINVAL;
	for (i = 0; i < 3; i++)
		sizes[i] = get_unaligned_le16(in.p + 2 * i);
	span_advance(&in, 6);
	if (sizes[0] + sizes[1] + sizes[2] > in.n)
		return -EINVAL;
	sizes[3] = in.n - sizes[0] - sizes[1] - sizes[2];
	for (i = 0; i < 4; i++) {
		n = i < 3 ? share : total - 3 * share;
		err = huf_decode(&z->huffman, in.p, sizes[i], out, n);
		if (err)
			return err;
		span_advance(&in, sizes[i]);
		out += n;
	}
	return 0;
}

static int decode_huffman_literals(struct zstd *z, struct span in, const struct literals_header *h)
{
	int used;

	if (h->type == LITERALS_COMPRESSED) {
		used = huf_read(&z->huffman, in.p, in.n, &z->scratch);
		if (used < 0)
			return used;
		span_advance(&in, (size_t)used);
	}
	if (!z->huffman.log)
		return -EINVAL;
	if (h->four_streams)
		return decode_four_streams(z, in, h->regenerated);
	return huf_decode(&z->huffman, in.p, in.n, z->literals, h->regenerated);
}

/* Leaves z->literal and z->nr_literals, and the block's rest in *in. */
static int read_literals(struct zstd *z, struct span *in)
{
	struct literals_header h;
	size_t size;
	int err = read_literals_header(in, &h);

	if (err)
		return err;
	size = h.type == LITERALS_RAW ? h.regenerated : h.type == LITERALS_RLE ? 1 : h.compressed;
	if (size > in->n)
		return -EINVAL;
	z->nr_literals = h.regenerated;
	z->literal = z->literals;
	if (h.type == LITERALS_RAW)
		z->literal = in->p;
	else if (h.type == LITERALS_RLE)
		memset(z->literals, in->p[0], h.regenerated);
	else
		err = decode_huffman_literals(z, (struct span){ in->p, size }, &h);
	span_advance(in, size);
	return err;
}

/* --- Sequences (3.1.1.3.2) --------------------------------------------------------------------- */

/* Base value and number of extra bits of each code. */
struct code {
	uint32_t base;
	uint8_t bits;
};

static const struct code ll_code[LL_CODES] = {
	{ 0, 0 }, { 1, 0 }, { 2, 0 }, { 3, 0 }, { 4, 0 }, { 5, 0 }, { 6, 0 }, { 7, 0 }, { 8, 0 }, { 9, 0 },
	{ 10, 0 }, { 11, 0 }, { 12, 0 }, { 13, 0 }, { 14, 0 }, { 15, 0 }, { 16, 1 }, { 18, 1 }, { 20, 1 },
	{ 22, 1 }, { 24, 2 }, { 28, 2 }, { 32, 3 }, { 40, 3 }, { 48, 4 }, { 64, 6 }, { 128, 7 }, { 256, 8 },
	{ 512, 9 }, { 1024, 10 }, { 2048, 11 }, { 4096, 12 }, { 8192, 13 }, { 16384, 14 }, { 32768, 15 },
	{ 65536, 16 },
};

static const struct code ml_code[ML_CODES] = {
	{ 3, 0 }, { 4, 0 }, { 5, 0 }, { 6, 0 }, { 7, 0 }, { 8, 0 }, { 9, 0 }, { 10, 0 }, { 11, 0 }, { 12, 0 },
	{ 13, 0 }, { 14, 0 }, { 15, 0 }, { 16, 0 }, { 17, 0 }, { 18, 0 }, { 19, 0 }, { 20, 0 }, { 21, 0 },
	{ 22, 0 }, { 23, 0 }, { 24, 0 }, { 25, 0 }, { 26, 0 }, { 27, 0 }, { 28, 0 }, { 29, 0 }, { 30, 0 },
	{ 31, 0 }, { 32, 0 }, { 33, 0 }, { 34, 0 }, { 35, 1 }, { 37, 1 }, { 39, 1 }, { 41, 1 }, { 43, 2 },
	{ 47, 2 }, { 51, 3 }, { 59, 3 }, { 67, 4 }, { 83, 4 }, { 99, 5 }, { 131, 7 }, { 259, 8 }, { 515, 9 },
	{ 1027, 10 }, { 2051, 11 }, { 4099, 12 }, { 8195, 13 }, { 16387, 14 }, { 32771, 15 }, { 65539, 16 },
};

/* The predefined distributions (3.1.1.3.2.2). */
static const int16_t ll_default[LL_CODES] = {
	4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
	-1, -1, -1, -1,
};

static const int16_t ml_default[ML_CODES] = {
	1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
};

static const int16_t of_default[29] = {
	1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
};

struct sequence_code {
	const int16_t *preset;
	unsigned nr_preset, preset_log, nr_codes, max_log;
};

static const struct sequence_code ll_kind = { ll_default, LL_CODES, 6, LL_CODES, 9 };
static const struct sequence_code of_kind = { of_default, 29, 5, OF_CODES, 8 };
static const struct sequence_code ml_kind = { ml_default, ML_CODES, 6, ML_CODES, 9 };

enum table_mode { TABLE_PREDEFINED, TABLE_RLE, TABLE_FSE, TABLE_REPEAT };

/* Set one of the three tables up as its mode says; cut what that took from *in. */
static int read_table(struct fse_table *t, const struct sequence_code *kind, unsigned mode, struct span *in)
{
	int used = 0;

	switch (mode) {
	case TABLE_PREDEFINED:
		fse_build(t, kind->preset, kind->nr_preset, kind->preset_log);
		break;
	case TABLE_RLE:
		if (!in->n || in->p[0] >= kind->nr_codes)
			return -EINVAL;
		fse_build_rle(t, in->p[0]);
		used = 1;
		break;
	case TABLE_FSE:
		used = fse_read(t, in->p, in->n, kind->nr_codes, kind->max_log);
		break;
	default:
		return t->valid ? 0 : -EINVAL;
	}
	if (used < 0)
		return used;
	span_advance(in, (size_t)used);
	return 0;
}

/* Number of sequences: one to three bytes. Cut off; -EINVAL if incomplete. */
static int read_sequence_count(struct span *in)
{
	unsigned length, n;

	if (!in->n)
		return -EINVAL;
	n = in->p[0];
	length = n < 128 ? 1 : n < 255 ? 2 : 3;
	if (in->n < length)
		return -EINVAL;
	if (length == 2)
		n = ((n - 128) << 8) + in->p[1];
	else if (length == 3)
		n = get_unaligned_le16(in->p + 1) + 0x7f00U;
	span_advance(in, length);
	return (int)n;
}

/* The offset a value stands for, by the history of offsets, which is updated (3.1.1.5); 0: invalid. */
static uint32_t resolve_offset(struct zstd *z, uint32_t value, bool no_literals)
{
	uint32_t *r = z->repeat, offset;
	unsigned which;

	if (value > 3) {
		offset = value - 3;
		which = 2;
	} else {
		which = value - 1 + no_literals;
		offset = which < 3 ? r[which] : r[0] - 1;
		which = min(which, 2U);
	}
	if (which == 2)
		r[2] = r[1];
	if (which)
		r[1] = r[0];
	r[0] = offset;
	return offset;
}

/* Carry one sequence out: literals, then the match. */
static int do_sequence(struct zstd *z, size_t nr_literals, uint32_t offset, size_t match)
{
	uint64_t reach;

	if (nr_literals > z->nr_literals || !block_take(z, nr_literals))
		return -EINVAL;
	put_bytes(z, z->literal, nr_literals);
	z->literal += nr_literals;
	z->nr_literals -= nr_literals;
	reach = min(z->d->produced + z->block_produced, z->frame.window);
	if (!offset || offset > reach || !block_take(z, match))
		return -EINVAL;
	put_match(z, offset, match);
	return 0;
}

/* The three interleaved decoders of a block's sequences, on one bit stream. */
struct sequences {
	struct back_bits bits;
	unsigned ll, of, ml;		/* states */
};

/* Decode and carry out one sequence. Order of the extra bits: offset, match length, literals length. */
static int do_one(struct zstd *z, struct sequences *s)
{
	const struct code *ml = &ml_code[z->ml.entry[s->ml].symbol], *ll = &ll_code[z->ll.entry[s->ll].symbol];
	unsigned of_bits = z->of.entry[s->of].symbol;
	uint32_t value = (1U << of_bits) + back_bits_take(&s->bits, of_bits);
	size_t match = ml->base + back_bits_take(&s->bits, ml->bits);
	size_t literals = ll->base + back_bits_take(&s->bits, ll->bits);

	if (s->bits.overrun)
		return -EINVAL;
	return do_sequence(z, literals, resolve_offset(z, value, literals == 0), match);
}

static inline unsigned next_state(const struct fse_table *t, unsigned state, struct back_bits *b)
{
	return t->entry[state].base + back_bits_take(b, t->entry[state].bits);
}

static int do_sequences(struct zstd *z, struct span in, int count)
{
	struct sequences s;
	int err = back_bits_init(&s.bits, in.p, in.n);

	if (err)
		return err;
	s.ll = back_bits_take(&s.bits, z->ll.log);
	s.of = back_bits_take(&s.bits, z->of.log);
	s.ml = back_bits_take(&s.bits, z->ml.log);
	for (;;) {
		err = do_one(z, &s);
		if (err)
			return err;
		if (--count == 0)
			return back_bits_done(&s.bits) ? 0 : -EINVAL;
		s.ll = next_state(&z->ll, s.ll, &s.bits);
		s.ml = next_state(&z->ml, s.ml, &s.bits);
		s.of = next_state(&z->of, s.of, &s.bits);
	}
}

static int compressed_block(struct zstd *z, struct span in)
{
	unsigned modes;
	int count, err;

	err = read_literals(z, &in);
	if (err)
		return err;
	count = read_sequence_count(&in);
	if (count < 0)
		return count;
	if (count) {
		if (!in.n || in.p[0] & 3)
			return -EINVAL;
		modes = in.p[0];
		span_advance(&in, 1);
		err = read_table(&z->ll, &ll_kind, modes >> 6, &in);
		if (!err)
			err = read_table(&z->of, &of_kind, modes >> 4 & 3, &in);
		if (!err)
			err = read_table(&z->ml, &ml_kind, modes >> 2 & 3, &in);
		if (!err)
			err = do_sequences(z, in, count);
		if (err)
			return err;
	} else if (in.n) {
		return -EINVAL;
	}
	if (!block_take(z, z->nr_literals))
		return -EINVAL;
	put_bytes(z, z->literal, z->nr_literals);
	return 0;
}

/* --- Frames (3.1.1) ---------------------------------------------------------------------------- */

enum block_type { BLOCK_RAW, BLOCK_RLE, BLOCK_COMPRESSED };

/* One block, cut from *in; *last tells if it was the frame's last. */
static int do_block(struct zstd *z, struct span *in, bool *last)
{
	uint32_t header;
	size_t size;
	int err = 0;

	if (in->n < 3)
		return -EINVAL;
	header = in->p[0] | in->p[1] << 8 | (uint32_t)in->p[2] << 16;
	span_advance(in, 3);
	*last = header & 1;
	size = header >> 3;
	if ((header >> 1 & 3) == BLOCK_RLE) {
		if (!in->n || !block_take(z, size))
			return -EINVAL;
		put_repeated(z, in->p[0], size);
		span_advance(in, 1);
		return flush_block(z);
	}
	if (size > in->n || size > z->block_limit)
		return -EINVAL;
	switch (header >> 1 & 3) {
	case BLOCK_RAW:
		block_take(z, size);
		put_bytes(z, in->p, size);
		break;
	case BLOCK_COMPRESSED:
		err = compressed_block(z, (struct span){ in->p, size });
		break;
	default:
		return -EINVAL;
	}
	span_advance(in, size);
	return err ? err : flush_block(z);
}

/* Little-endian number of `bytes` bytes. */
static uint64_t read_le(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

static int read_frame_header(const uint8_t *p, size_t size, struct frame_header *h)
{
	static const uint8_t id_bytes[4] = { 0, 1, 2, 4 }, size_bytes[4] = { 0, 2, 4, 8 };
	unsigned flags, id, fcs;
	size_t at = 5;
	bool single;

	if (size < 6 || get_unaligned_le32(p) != ZSTD_MAGIC)
		return -EINVAL;
	flags = p[4];
	single = flags & 0x20;
	id = id_bytes[flags & 3];
	fcs = flags >> 6 ? size_bytes[flags >> 6] : single;
	h->length = 5 + !single + id + fcs;
	if (size < h->length || flags & 8)
		return -EINVAL;
	h->has_checksum = flags & 4;
	if (!single) {
		h->window = 1ULL << (10 + (p[at] >> 3));
		h->window += h->window / 8 * (p[at] & 7);
		at++;
	}
	if (read_le(p + at, id))
		return -EOPNOTSUPP;	/* needs a dictionary */
	at += id;
	h->has_size = fcs != 0;
	h->content_size = read_le(p + at, fcs) + (fcs == 2 ? 256 : 0);
	if (single)
		h->window = h->content_size;
	return h->window > WINDOW_MAX ? -EOPNOTSUPP : 0;
}

/* Bytes of skippable frames in front, or -EINVAL. */
static ssize_t skippable_length(const uint8_t *p, size_t size)
{
	size_t at = 0, n;

	while (size - at >= 8 && (get_unaligned_le32(p + at) & ZSTD_SKIP_MASK) == ZSTD_SKIP_MAGIC) {
		n = get_unaligned_le32(p + at + 4);
		if (n > size - at - 8)
			return -EINVAL;
		at += 8 + n;
	}
	return (ssize_t)at;
}

ssize_t zstd_workspace_size(const void *src, size_t size)
{
	ssize_t skip = skippable_length(src, size);
	struct frame_header h;
	int err;

	if (skip < 0)
		return skip;
	if ((size_t)skip == size)
		return sizeof(struct zstd);
	err = read_frame_header((const uint8_t *)src + skip, size - (size_t)skip, &h);
	return err ? err : (ssize_t)(sizeof(struct zstd) + h.window + BLOCK_MAX);
}

static int do_frame(struct zstd *z, struct span *in)
{
	bool last = false;
	int err;

	while (!last) {
		err = do_block(z, in, &last);
		if (err)
			return err;
	}
	if (z->frame.has_size && z->d->produced != z->frame.content_size)
		return -EINVAL;
	if (z->frame.has_checksum) {
		if (in->n < 4)
			return -EINVAL;
		if (get_unaligned_le32(in->p) != (uint32_t)xxhash64_final(&z->sum))
			return -EBADMSG;
		span_advance(in, 4);
	}
	return 0;
}

/* A workspace that knows no table and no history yet. */
static void zstd_init(struct zstd *z, struct decomp *d, const struct frame_header *h)
{
	z->d = d;
	z->frame = *h;
	z->ring_size = h->window + BLOCK_MAX;
	z->pos = 0;
	z->block_limit = min_t(uint64_t, h->window, BLOCK_MAX);
	z->block_produced = 0;
	z->repeat[0] = 1;
	z->repeat[1] = 4;
	z->repeat[2] = 8;
	xxhash64_init(&z->sum);
	z->huffman.log = 0;
	z->ll.valid = z->of.valid = z->ml.valid = false;
}

int zstd_decompress(struct decomp *d)
{
	ssize_t skip = skippable_length(d->src, d->src_size);
	struct zstd *z = d->workspace;
	struct frame_header h;
	struct span in;
	int err;

	d->produced = 0;
	d->consumed = 0;
	if (skip < 0)
		return (int)skip;
	in = (struct span){ d->src + skip, d->src_size - (size_t)skip };
	if (skip && !in.n) {		/* nothing but skippable frames */
		d->consumed = d->src_size;
		return 0;
	}
	err = read_frame_header(in.p, in.n, &h);
	if (err)
		return err;
	if (d->workspace_size < sizeof(*z) + h.window + BLOCK_MAX)
		return -ENOBUFS;
	zstd_init(z, d, &h);
	span_advance(&in, h.length);
	err = do_frame(z, &in);
	if (!err)
		d->consumed = (size_t)(in.p - d->src);
	return err;
}
