/* SPDX-License-Identifier: MIT */
/*
 * Inflate: RFC 1951, in the wrappings of RFC 1950 (zlib) and RFC 1952 (gzip). See lib/decomp.h.
 *
 * Output collects in a window of 32 KiB, which is both the history matches copy from and the piece the sink
 * gets each time it is full. Codes of up to FAST_BITS bits are decoded by one table look-up; longer ones, which
 * are rare, by counting through the lengths (canonical codes of one length are consecutive numbers).
 *
 * Bounds: input is read only through refill(), which stops at the end; window indices are taken modulo its
 * size; a match may not reach back further than what was produced.
 */
#include "abi/errno.h"
#include "lib/byteorder.h"
#include "lib/crc.h"
#include "lib/decomp.h"
#include "lib/string.h"

#define WINDOW		32768U
#define FAST_BITS	10
#define CODE_BITS	15		/* longest code */
#define LITERALS	288
#define DISTANCES	32
#define END_OF_BLOCK	256

enum checksum { CHECK_NONE, CHECK_CRC32, CHECK_ADLER32 };

struct huffman {
	uint16_t fast[1 << FAST_BITS];	/* symbol << 4 | length; 0: longer than FAST_BITS, or no code */
	uint16_t count[CODE_BITS + 1];	/* codes of each length */
	uint16_t symbol[LITERALS];	/* in the order of the codes */
};

struct inflate {
	struct decomp *d;
	const uint8_t *in, *end;
	uint64_t bits;			/* next input bits, lowest first */
	unsigned nr_bits;
	unsigned pos;			/* in the window, where the next byte goes */
	enum checksum check;
	uint32_t sum;
	struct huffman literal, distance;
	uint8_t length[LITERALS + DISTANCES];	/* of codes, while tables are read */
	uint8_t window[WINDOW];
};
_Static_assert(sizeof(struct inflate) <= INFLATE_WORKSPACE_SIZE, "INFLATE_WORKSPACE_SIZE");

/* --- Input ------------------------------------------------------------------------------------- */

static inline void refill(struct inflate *z)
{
	while (z->nr_bits <= 56 && z->in < z->end) {
		z->bits |= (uint64_t)*z->in++ << z->nr_bits;
		z->nr_bits += 8;
	}
}

/* Take n (0..16) bits: their value, or -EINVAL at the end of input. */
static inline int take_bits(struct inflate *z, unsigned n)
{
	int v;

	if (z->nr_bits < n) {
		refill(z);
		if (z->nr_bits < n)
			return -EINVAL;
	}
	v = (int)(z->bits & ((1U << n) - 1));
	z->bits >>= n;
	z->nr_bits -= n;
	return v;
}

/* Drop to a byte boundary and give whole bytes back. */
static void align_input(struct inflate *z)
{
	z->in -= z->nr_bits / 8;
	z->bits = 0;
	z->nr_bits = 0;
}

/* --- Output ------------------------------------------------------------------------------------ */

static uint32_t adler32(uint32_t sum, const uint8_t *p, size_t n)
{
	uint32_t a = sum & 0xffff, b = sum >> 16;
	size_t run;

	while (n) {
		run = min_t(size_t, n, 5552);	/* the longest run whose sums fit 32 bits */
		n -= run;
		while (run--) {
			a += *p++;
			b += a;
		}
		a %= 65521;
		b %= 65521;
	}
	return b << 16 | a;
}

static int flush(struct inflate *z)
{
	int err;

	if (z->check == CHECK_CRC32)
		z->sum = crc32_ieee(z->sum, z->window, z->pos);
	else if (z->check == CHECK_ADLER32)
		z->sum = adler32(z->sum, z->window, z->pos);
	err = z->pos ? z->d->sink(z->d->arg, z->window, z->pos) : 0;
	z->d->produced += z->pos;
	z->pos = 0;
	return err;
}

static inline int put_byte(struct inflate *z, uint8_t c)
{
	z->window[z->pos++] = c;
	return unlikely(z->pos == WINDOW) ? flush(z) : 0;
}

static int copy_match(struct inflate *z, unsigned distance, unsigned length)
{
	unsigned from = z->pos - distance;
	int err = 0;

	if (distance > z->d->produced + z->pos)
		return -EINVAL;
	while (length-- && !err)
		err = put_byte(z, z->window[from++ % WINDOW]);
	return err;
}

/* --- Codes ------------------------------------------------------------------------------------- */

static unsigned reverse_bits(unsigned v, unsigned n)
{
	unsigned r = 0;

	while (n--) {
		r = r << 1 | (v & 1);
		v >>= 1;
	}
	return r;
}

/* Enter one code in the fast table at every index whose low bits are the code, first bit lowest. */
static void fill_fast(struct huffman *h, unsigned code, unsigned len, unsigned symbol)
{
	unsigned i;

	for (i = reverse_bits(code, len); i < 1 << FAST_BITS; i += 1U << len)
		h->fast[i] = (uint16_t)(symbol << 4 | len);
}

/*
 * Build from code lengths (0: symbol unused). Codes must use up the code space exactly, except that none, or
 * one of a single bit, may stand alone.
 */
static int build(struct huffman *h, const uint8_t *length, unsigned n)
{
	uint16_t offset[CODE_BITS + 2] = { 0 }, next[CODE_BITS + 1];
	unsigned i, len, code = 0;
	int left = 1;

	memset(h, 0, sizeof(*h));
	for (i = 0; i < n; i++)
		h->count[length[i]]++;
	h->count[0] = 0;
	for (len = 1; len <= CODE_BITS; len++) {
		left = (left << 1) - h->count[len];
		if (left < 0)
			return -EINVAL;
		next[len] = (uint16_t)code;
		code = (code + h->count[len]) << 1;
		offset[len + 1] = offset[len] + h->count[len];
	}
	if (left && offset[CODE_BITS + 1] > h->count[1])
		return -EINVAL;		/* incomplete, and not just one code of one bit */
	if (left && h->count[1] > 1)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		len = length[i];
		if (!len)
			continue;
		h->symbol[offset[len]++] = (uint16_t)i;
		if (len <= FAST_BITS)
			fill_fast(h, next[len], len, i);
		next[len]++;
	}
	return 0;
}

/* A code longer than FAST_BITS, or one that does not exist: by counting through the lengths. */
static int decode_slow(struct inflate *z, const struct huffman *h)
{
	unsigned code = 0, first = 0, index = 0, len;

	for (len = 1; len <= CODE_BITS && len <= z->nr_bits; len++) {
		code |= z->bits >> (len - 1) & 1;
		if (code < first + h->count[len]) {
			z->bits >>= len;
			z->nr_bits -= len;
			return h->symbol[index + code - first];
		}
		index += h->count[len];
		first = (first + h->count[len]) << 1;
		code <<= 1;
	}
	return -EINVAL;
}

/* The next symbol, or -EINVAL. */
static inline int decode(struct inflate *z, const struct huffman *h)
{
	unsigned entry, len;

	if (z->nr_bits < CODE_BITS)
		refill(z);
	entry = h->fast[z->bits & ((1 << FAST_BITS) - 1)];
	len = entry & 15;
	if (unlikely(!entry || len > z->nr_bits))
		return decode_slow(z, h);
	z->bits >>= len;
	z->nr_bits -= len;
	return (int)(entry >> 4);
}

/* --- Blocks (RFC 1951, 3.2) -------------------------------------------------------------------- */

/* Base value << 4 | extra bits, of length codes 257.. and of distance codes. */
static const uint16_t length_code[29] = {
	3 << 4, 4 << 4, 5 << 4, 6 << 4, 7 << 4, 8 << 4, 9 << 4, 10 << 4,
	11 << 4 | 1, 13 << 4 | 1, 15 << 4 | 1, 17 << 4 | 1, 19 << 4 | 2, 23 << 4 | 2, 27 << 4 | 2, 31 << 4 | 2,
	35 << 4 | 3, 43 << 4 | 3, 51 << 4 | 3, 59 << 4 | 3, 67 << 4 | 4, 83 << 4 | 4, 99 << 4 | 4, 115 << 4 | 4,
	131 << 4 | 5, 163 << 4 | 5, 195 << 4 | 5, 227 << 4 | 5, 258 << 4,
};

static const uint32_t distance_code[30] = {
	1 << 4, 2 << 4, 3 << 4, 4 << 4, 5 << 4 | 1, 7 << 4 | 1, 9 << 4 | 2, 13 << 4 | 2,
	17 << 4 | 3, 25 << 4 | 3, 33 << 4 | 4, 49 << 4 | 4, 65 << 4 | 5, 97 << 4 | 5, 129 << 4 | 6, 193 << 4 | 6,
	257 << 4 | 7, 385 << 4 | 7, 513 << 4 | 8, 769 << 4 | 8, 1025 << 4 | 9, 1537 << 4 | 9,
	2049 << 4 | 10, 3073 << 4 | 10, 4097 << 4 | 11, 6145 << 4 | 11, 8193 << 4 | 12, 12289 << 4 | 12,
	16385 << 4 | 13, 24577 << 4 | 13,
};

/* Base and extra bits of a length or distance code: the value, or -EINVAL. */
static int extended_value(struct inflate *z, uint32_t code)
{
	int extra = take_bits(z, code & 15);

	return extra < 0 ? extra : (int)(code >> 4) + extra;
}

static int decode_match(struct inflate *z, unsigned symbol)
{
	int length, distance;

	if (symbol - 257 >= ARRAY_SIZE(length_code))
		return -EINVAL;
	length = extended_value(z, length_code[symbol - 257]);
	if (length < 0)
		return length;
	distance = decode(z, &z->distance);
	if (distance < 0 || distance >= (int)ARRAY_SIZE(distance_code))
		return -EINVAL;
	distance = extended_value(z, distance_code[distance]);
	if (distance < 0)
		return distance;
	return copy_match(z, (unsigned)distance, (unsigned)length);
}

static int compressed_block(struct inflate *z)
{
	int symbol, err = 0;

	while (!err) {
		symbol = decode(z, &z->literal);
		if (symbol < 0)
			return symbol;
		if (symbol == END_OF_BLOCK)
			return 0;
		err = symbol < END_OF_BLOCK ? put_byte(z, (uint8_t)symbol) : decode_match(z, (unsigned)symbol);
	}
	return err;
}

static int stored_block(struct inflate *z)
{
	size_t n, run;
	int err = 0;

	align_input(z);
	if (z->end - z->in < 4)
		return -EINVAL;
	n = get_unaligned_le16(z->in);
	if ((n ^ 0xffff) != get_unaligned_le16(z->in + 2))
		return -EINVAL;
	z->in += 4;
	if ((size_t)(z->end - z->in) < n)
		return -EINVAL;
	for (; n && !err; n -= run) {
		run = min_t(size_t, n, WINDOW - z->pos);
		memcpy(z->window + z->pos, z->in, run);
		z->in += run;
		z->pos += (unsigned)run;
		if (z->pos == WINDOW)
			err = flush(z);
	}
	return err;
}

static int fixed_tables(struct inflate *z)
{
	int err;

	memset(z->length, 8, 144);
	memset(z->length + 144, 9, 112);
	memset(z->length + 256, 7, 24);
	memset(z->length + 280, 8, 8);
	err = build(&z->literal, z->length, LITERALS);
	memset(z->length, 5, DISTANCES);
	return err ? err : build(&z->distance, z->length, DISTANCES);
}

/* The run a length symbol 16..18 stands for: *value repeated; the count, or -EINVAL. */
static int length_run(struct inflate *z, int symbol, unsigned at, uint8_t *value)
{
	int extra = take_bits(z, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);

	if (extra < 0 || (symbol == 16 && at == 0))
		return -EINVAL;
	*value = symbol == 16 ? z->length[at - 1] : 0;
	return extra + (symbol == 18 ? 11 : 3);
}

/* Code lengths of both tables, themselves coded by z->literal. */
static int read_lengths(struct inflate *z, unsigned total)
{
	unsigned at = 0;
	uint8_t value;
	int symbol, run;

	while (at < total) {
		symbol = decode(z, &z->literal);
		if (symbol < 0)
			return symbol;
		run = 1;
		value = (uint8_t)symbol;
		if (symbol >= 16)
			run = length_run(z, symbol, at, &value);
		if (run < 0 || (unsigned)run > total - at)
			return -EINVAL;
		memset(z->length + at, value, (size_t)run);
		at += (unsigned)run;
	}
	return 0;
}

static int dynamic_tables(struct inflate *z)
{
	static const uint8_t order[19] = { 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15 };
	int counts = take_bits(z, 14), bits, err;
	unsigned literals, distances, codes, i;

	if (counts < 0)
		return counts;
	literals = 257 + (counts & 31);
	distances = 1 + (counts >> 5 & 31);
	codes = 4 + (unsigned)(counts >> 10);
	if (literals > 286 || distances > 30)
		return -EINVAL;
	memset(z->length, 0, sizeof(order));
	for (i = 0; i < codes; i++) {
		bits = take_bits(z, 3);
		if (bits < 0)
			return bits;
		z->length[order[i]] = (uint8_t)bits;
	}
	err = build(&z->literal, z->length, sizeof(order));
	if (!err)
		err = read_lengths(z, literals + distances);
	if (!err && !z->length[END_OF_BLOCK])
		err = -EINVAL;
	if (!err)
		err = build(&z->distance, z->length + literals, distances);
	return err ? err : build(&z->literal, z->length, literals);
}

static int inflate_blocks(struct inflate *z)
{
	int header, err;

	do {
		header = take_bits(z, 3);
		if (header < 0)
			return header;
		switch (header >> 1) {
		case 0:
			err = stored_block(z);
			break;
		case 1:
			err = fixed_tables(z);
			break;
		case 2:
			err = dynamic_tables(z);
			break;
		default:
			return -EINVAL;
		}
		if (!err && header >> 1)
			err = compressed_block(z);
		if (err)
			return err;
	} while (!(header & 1));
	err = flush(z);
	align_input(z);
	return err;
}

/* --- Wrappings --------------------------------------------------------------------------------- */

static int start(struct decomp *d, struct inflate **out, size_t header, enum checksum check)
{
	struct inflate *z = d->workspace;

	d->produced = 0;
	d->consumed = 0;
	if (d->workspace_size < sizeof(*z))
		return -ENOBUFS;
	if (header > d->src_size)
		return -EINVAL;
	z->d = d;
	z->in = d->src + header;
	z->end = d->src + d->src_size;
	z->bits = 0;
	z->nr_bits = z->pos = 0;
	z->check = check;
	z->sum = check == CHECK_ADLER32;
	*out = z;
	return 0;
}

int inflate_raw(struct decomp *d)
{
	struct inflate *z;
	int err = start(d, &z, 0, CHECK_NONE);

	if (!err)
		err = inflate_blocks(z);
	if (!err)
		d->consumed = (size_t)(z->in - d->src);
	return err;
}

int inflate_zlib(struct decomp *d)
{
	struct inflate *z;
	int err;

	if (decomp_detect(d->src, d->src_size) != DECOMP_ZLIB)
		return -EINVAL;
	err = start(d, &z, 2, CHECK_ADLER32);
	if (!err)
		err = inflate_blocks(z);
	if (err)
		return err;
	if (z->end - z->in < 4)
		return -EINVAL;
	if (get_unaligned_be32(z->in) != z->sum)
		return -EBADMSG;
	d->consumed = (size_t)(z->in + 4 - d->src);
	return 0;
}

enum gzip_flags { GZIP_HEADER_CRC = 2, GZIP_EXTRA = 4, GZIP_NAME = 8, GZIP_COMMENT = 16, GZIP_RESERVED = 0xe0 };

/* Pass over a NUL-terminated field: the position after it, or 0 when it does not end. */
static size_t skip_string(const struct decomp *d, size_t at)
{
	const uint8_t *nul = at < d->src_size ? memchr(d->src + at, 0, d->src_size - at) : NULL;

	return nul ? (size_t)(nul - d->src) + 1 : 0;
}

/* Length of the gzip header, or -EINVAL. */
static ssize_t gzip_header(const struct decomp *d)
{
	const uint8_t *p = d->src;
	size_t at = 10;

	if (d->src_size < 18 || p[0] != 0x1f || p[1] != 0x8b || p[2] != 8 || p[3] & GZIP_RESERVED)
		return -EINVAL;
	if (p[3] & GZIP_EXTRA)
		at += 2 + get_unaligned_le16(p + at);
	if (p[3] & GZIP_NAME)
		at = skip_string(d, at);
	if (at && p[3] & GZIP_COMMENT)
		at = skip_string(d, at);
	if (at && p[3] & GZIP_HEADER_CRC) {
		if (at + 2 > d->src_size || get_unaligned_le16(p + at) != (crc32_ieee(0, p, at) & 0xffff))
			return -EINVAL;
		at += 2;
	}
	return at && at <= d->src_size ? (ssize_t)at : -EINVAL;
}

int inflate_gzip(struct decomp *d)
{
	ssize_t header = gzip_header(d);
	struct inflate *z;
	int err;

	if (header < 0)
		return (int)header;
	err = start(d, &z, (size_t)header, CHECK_CRC32);
	if (!err)
		err = inflate_blocks(z);
	if (err)
		return err;
	if (z->end - z->in < 8)
		return -EINVAL;
	if (get_unaligned_le32(z->in) != z->sum || get_unaligned_le32(z->in + 4) != (uint32_t)d->produced)
		return -EBADMSG;
	d->consumed = (size_t)(z->in + 8 - d->src);
	return 0;
}
